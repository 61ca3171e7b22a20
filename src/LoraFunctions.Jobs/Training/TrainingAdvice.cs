using System.Globalization;
using System.Runtime.InteropServices;
using LoraFunctions.Diffusion.Training;
using LoraFunctions.Jobs.Training.Configuration;

namespace LoraFunctions.Jobs.Training;

/// <summary>Says what to do when memory runs out, a loss is not finite, or a training was stopped before it had learnt anything.</summary>
internal static class TrainingAdvice
{
    /// <summary>As torch says it: of a GPU, of the CPU's allocator, of C++.</summary>
    private static readonly string[] Signs = ["out of memory", "can't allocate memory", "not enough memory", "bad_alloc"];

    public static bool IsOutOfMemory(Exception exception) =>
        exception is OutOfMemoryException
        || (exception is ExternalException && Signs.Any(s => exception.Message.Contains(s, StringComparison.OrdinalIgnoreCase)));

    public static NonRetriableJobException OutOfMemory(TrainingConfiguration configuration, Exception exception)
    {
        var advice = new List<string>();
        if (!configuration.Options.GradientCheckpointing)
        {
            advice.Add("gradient_checkpointing: true (the training goes on from its checkpoint with it)");
        }

        if (configuration.Options.BatchSize > 1)
        {
            advice.Add($"a batch_size below {configuration.Options.BatchSize} with gradient_accumulation for the rest");
        }

        advice.Add($"a resolution below {configuration.Resolution.InYaml}");
        return new NonRetriableJobException(
            $"Training ran out of memory ({exception.Message.ReplaceLineEndings("\n").Split('\n')[0]}). End what else uses it, or try, in "
                + $"this order: {string.Join("; ", advice)}.",
            exception);
    }

    /// <summary>For after a loss that was not finite.</summary>
    public static string GoOnMoreSlowly(TrainingPlan plan, LoraTrainingResult result) =>
        string.Create(
            CultureInfo.InvariantCulture,
            $$""" A lower rate for what is left: put {"learningRate": {{result.LearningRate / 2}}, "by": "name"} """)
            + $"into {plan.ControlFile} and start again.";

    public static NonRetriableJobException StoppedBeforeItsFirstStep(TrainingPlan plan, LoraTrainingResult result) =>
        new($"{plan.Name} was stopped by {result.Decisions[^1].By} before its first step, so there is no LoRA. Take the stop back, then start again.");
}
