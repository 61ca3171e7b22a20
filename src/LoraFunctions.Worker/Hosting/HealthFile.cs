using LoraFunctions.Worker.Progress;
using LoraFunctions.Worker.Running;
using LoraFunctions.Jobs;
using Microsoft.Extensions.Options;

namespace LoraFunctions.Worker.Hosting;

/// <summary>
/// <c>health</c> in the worker's folder: written whenever it looks for a job and whenever a job says how far it is. A container's probe looks at
/// its age; a step, or a base model that is loaded, takes a minute at most.
/// </summary>
internal sealed class HealthFile(IOptions<WorkerOptions> options, TimeProvider time) : IWorkerObserver
{
    private readonly string _path = Path.Combine(options.Value.Folder, "health");

    public void Looking() => Touch();

    public void Progressed(JobMessage job, JobProgress progress) => Touch();

    public void Ended(JobMessage job, JobState state, string? error) => Touch();

    private void Touch()
    {
        try
        {
            File.WriteAllText(_path, time.GetUtcNow().ToString("O", System.Globalization.CultureInfo.InvariantCulture));
        }
        catch (IOException)
        {
            // A full disk, or another thread at the same moment: the probe tells, the job goes on.
        }
    }
}
