using System.CommandLine;
using System.Globalization;
using LoraFunctions.Diffusion.Lora;
using LoraFunctions.Diffusion.WeightTools;
using LoraFunctions.Jobs;

namespace LoraFunctions.Cli.Weights;

/// <summary><c>lora weights extract</c>: a LoRA out of two checkpoints.</summary>
internal static class ExtractCommand
{
    private const string Stage = "decomposing layers";
    private const int ShownNames = 5;

    public static Command Create(CliConsole console)
    {
        var baseModel = new Option<string>("--base-model") { Description = "The model that was tuned: a .safetensors file in LDM layout or a diffusers folder.", Required = true };
        var tuned = new Option<string>("--tuned") { Description = "The tuned model, in either layout.", Required = true };
        var output = WeightsOptions.Out("The LoRA (.safetensors).");
        var rank = new Option<int>("--rank") { Description = "Of the LoRA.", DefaultValueFactory = _ => LoraExtractionOptions.DefaultRank };
        var convolutionRank = new Option<int?>("--conv-rank") { Description = "Of 3x3 convolutions (LoCon). [default: convolutions are left out]" };
        var least = new Option<double>("--min-difference")
        {
            Description = "The text encoder is left out when none of its weights differs by more.",
            DefaultValueFactory = _ => LoraExtractionOptions.DefaultMinTextDifference,
        };
        var clamp = new Option<double?>("--clamp-quantile") { Description = "Cut the largest weights as sd-scripts does with 0.99. [default: nothing is cut]" };
        var precision = WeightsOptions.Precision("fp16");
        var format = WeightsOptions.Format();
        var command = new Command("extract", "Make a LoRA of the difference of two checkpoints, by its largest singular values.")
        {
            baseModel, tuned, output, rank, convolutionRank, least, clamp, precision, format,
        };
        command.SetAction((parsed, cancellationToken) => Task.Run(
            () =>
            {
                var options = new LoraExtractionOptions
                {
                    Rank = parsed.GetValue(rank),
                    ConvolutionRank = parsed.GetValue(convolutionRank),
                    MinTextDifference = parsed.GetValue(least),
                    ClampQuantile = parsed.GetValue(clamp),
                };
                var (before, after, target) = (parsed.GetRequiredValue(baseModel), parsed.GetRequiredValue(tuned), parsed.GetRequiredValue(output));
                WeightsOptions.ThrowIfAny([
                    .. options.Problems(),
                    .. WeightsOptions.FileProblems(target, before, after),
                    .. WeightsOptions.ModelProblems(baseModel, before),
                    .. WeightsOptions.ModelProblems(tuned, after),
                ]);
                using var result = ProgressDisplay.Run(console, progress => LoraExtraction.Extract(before, after, options, new Layers(progress), cancellationToken));
                WeightsOptions.Save(console, result.Weights, target, parsed.GetValue(precision), parsed.GetRequiredValue(format));
                Print(console, result, options);
                return ExitCodes.Success;
            },
            CancellationToken.None));
        return command;
    }

    private static void Print(CliConsole console, LoraExtractionResult result, LoraExtractionOptions options)
    {
        console.Line(string.Create(
            CultureInfo.InvariantCulture, $"  it holds {result.FrobeniusKept:p1} of the norm of these layers' difference; {result.EqualLayers} layers are equal"));
        if (result.IsTextEncoderLeftOut)
        {
            console.Line(string.Create(
                CultureInfo.InvariantCulture,
                $"  text encoder left out: its largest difference is {result.LargestTextDifference:g3}, and --min-difference {options.MinTextDifference}"));
        }

        if (result.NotHeld.Count > 0)
        {
            var more = result.NotHeld.Count > ShownNames ? $" and {result.NotHeld.Count - ShownNames} more" : "";
            console.Line($"  {result.NotHeld.Count} parameters differ that this LoRA cannot hold: {string.Join(", ", result.NotHeld.Take(ShownNames))}{more}");
        }
    }

    private sealed class Layers(IProgress<JobProgress> progress) : IProgress<(int Done, int Total)>
    {
        public void Report((int Done, int Total) value) => progress.Report(new JobProgress(Stage, value.Done, value.Total));
    }
}
