using LoraFunctions.Jobs;
using LoraFunctions.Worker.Running;

namespace LoraFunctions.Worker.Progress;

/// <summary>
/// Somebody in the same process who wants to see jobs move, e.g. a command line. Called on the jobs' threads; must be quick.
/// </summary>
public interface IWorkerObserver
{
    /// <summary>A worker asks for its next job.</summary>
    void Looking()
    {
        // Nobody has to care.
    }

    void Progressed(JobMessage job, JobProgress progress);

    /// <param name="state">One of the ends.</param>
    /// <param name="reason">Why it failed, else null.</param>
    void Ended(JobMessage job, JobState state, string? reason);
}
