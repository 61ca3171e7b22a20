using System.Globalization;
using System.Runtime.InteropServices;
using LoraFunctions.Diffusion.Training;

namespace LoraFunctions.Jobs.Training;

/// <summary>Says what to do when memory runs out, a loss is not finite, or a model was stopped before it had learnt anything.</summary>
internal static class TrainingAdvice
{
    /// <summary>As torch says it: of a GPU, of the CPU's allocator, of C++.</summary>
    private static readonly string[] Signs = ["out of memory", "can't allocate memory", "not enough memory", "bad_alloc"];

    public static bool IsOutOfMemory(Exception exception) =>
        exception is OutOfMemoryException
        || (exception is ExternalException && Signs.Any(s => exception.Message.Contains(s, StringComparison.OrdinalIgnoreCase)));

    public static NonRetriableJobException OutOfMemory(IReadOnlyList<TrainingPlan> plans, Exception exception)
    {
        var advice = new List<string>();
        if (!plans.Any(p => p.Configuration.Options.GradientCheckpointing))
        {
            advice.Add("gradient_checkpointing: true (the training goes on from its checkpoint with it)");
        }

        if (plans.Count > 1)
        {
            advice.Add($"fewer than {plans.Count} models in one pass");
        }

        if (plans.Max(p => p.Configuration.Options.BatchSize) is > 1 and var batch)
        {
            advice.Add($"a batch_size below {batch} with gradient_accumulation for the rest");
        }

        advice.Add($"a resolution below {plans.MaxBy(p => p.Configuration.Resolution.Width * p.Configuration.Resolution.Height)!.Configuration.Resolution.InYaml}");
        return new NonRetriableJobException(
            $"Training ran out of memory ({exception.Message.ReplaceLineEndings("\n").Split('\n')[0]}). End what else uses it, or try, in "
                + $"this order: {string.Join("; ", advice)}.",
            exception);
    }

    /// <summary>For after a loss that was not finite. Of several models the others have ended, and so has the checkpoint they share.</summary>
    public static string GoOnMoreSlowly(IReadOnlyList<TrainingPlan> plans, IReadOnlyList<LoraTrainingResult> results) =>
        plans is [var plan]
            ? string.Create(
                CultureInfo.InvariantCulture,
                $$""" A lower rate for what is left: put {"learningRate": {{results[0].LearningRate / 2}}, "by": "name"} """)
                + $"into {ControlFiles.PathOf(plan)} and start again."
            : "";

    public static NonRetriableJobException StoppedBeforeItsFirstStep(IReadOnlyList<LoraTrainingResult> untrained, IReadOnlyList<TrainingPlan> plans) =>
        new(
            string.Join(" ", untrained.Select(r => $"{r.Model} was stopped by {r.Decisions[^1].By} before its first step, so there is no LoRA."))
            + (plans.Count == 1 ? " Take the stop back, then start again." : " Train what was stopped by itself."));
}
