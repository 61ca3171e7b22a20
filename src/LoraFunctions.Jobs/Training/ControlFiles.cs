using LoraFunctions.Diffusion.Training;

namespace LoraFunctions.Jobs.Training;

/// <summary>One control file a model.</summary>
internal sealed class ControlFiles(IReadOnlyList<TrainingPlan> plans, Action<string> warn) : ILoraTrainerControl
{
    private readonly Dictionary<string, ControlFile> _files =
        plans.ToDictionary(p => p.Name, p => new ControlFile(PathOf(p), warn), StringComparer.Ordinal);

    public static string PathOf(TrainingPlan plan) =>
        plan.Request.ControlFile ?? Path.Combine(plan.Configuration.OutputDir, TrainingJob.ControlFileName);

    public TrainingControl Poll(string model) => _files[model].Poll(model);

    /// <summary>A word that was said to an earlier training in the same folder would end this one before its first step.</summary>
    /// <exception cref="InvalidJobInputException">There are such words; all of them.</exception>
    public void ThrowIfStoppedBefore()
    {
        var stopped = plans.Where(p => p.Request.ControlFile is null && Poll(p.Name).Stop).ToArray();
        if (stopped.Length > 0)
        {
            throw new InvalidJobInputException([
                .. stopped.Select(p => $"{PathOf(p)} says stop, and nothing is trained yet; remove it to begin."),
            ]);
        }
    }
}
