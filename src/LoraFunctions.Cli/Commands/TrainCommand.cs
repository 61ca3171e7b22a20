using System.CommandLine;
using System.Globalization;
using LoraFunctions.Diffusion.Training;
using LoraFunctions.Jobs;
using LoraFunctions.Jobs.Training;

namespace LoraFunctions.Cli.Commands;

/// <summary><c>lora train</c>: one YAML a model, all models in one pass.</summary>
internal static class TrainCommand
{
    public static Command Create(CliConsole console)
    {
        var config = new Option<string[]>("--config")
        {
            Description = "One YAML a model; several are trained together in one pass.",
            Required = true,
            AllowMultipleArgumentsPerToken = true,
        };
        var defaults = new Option<string[]>("--defaults")
        {
            Description = "YAML every model starts from; its own overrides it key by key.",
            AllowMultipleArgumentsPerToken = true,
            DefaultValueFactory = _ => [],
        };
        var baseModel = new Option<string?>("--base-model") { Description = "Goes before base_model of the YAML." };
        var name = new Option<string?>("--name")
        {
            Description = "Name of the LoRA; the YAML's file name when not named. For one model only.",
        };
        var command = new Command(
            "train",
            "Train LoRAs from YAML; 'lora config explain' lists its keys. Run again after an interruption, it goes on from its last "
                + "checkpoint. While it runs, control.json in output_dir says what a person wants: {\"stop\": true, \"by\": \"name\"}, "
                + "{\"continue\": true, \"by\": \"name\"} or {\"learningRate\": 0.0001, \"by\": \"name\"}.")
        {
            config,
            defaults,
            baseModel,
            name,
        };
        command.SetAction(
            (parsed, cancellationToken) =>
                Task.Run(
                    () =>
                    {
                        var configurations = parsed.GetRequiredValue(config);
                        if (configurations.Length > 1 && parsed.GetValue(name) is not null)
                        {
                            throw new InvalidJobInputException(
                                $"--name is for one model; {configurations.Length} YAMLs are given, each names its model by its file "
                                    + "name.");
                        }

                        var requests = configurations
                            .Select(c => new TrainingRequest
                            {
                                Configurations = [.. parsed.GetRequiredValue(defaults), c],
                                Name = parsed.GetValue(name),
                                BaseModel = parsed.GetValue(baseModel),
                            })
                            .ToArray();
                        var job = new TrainingJob(new JobLogger(console));
                        IReadOnlyList<TrainingResult> results;
                        try
                        {
                            results = ProgressDisplay.Run(console, progress => job.RunTogether(requests, progress, cancellationToken));
                        }
                        catch (OperationCanceledException)
                        {
                            console.Error.WriteLine(
                                "lora: cancelled; every finished step is kept. Start the same command again, and it goes on from there.");
                            return ExitCodes.Cancelled;
                        }

                        foreach (var result in results)
                        {
                            console.Line(Describe(result));
                            string[] beside = [result.LogPath, result.PlotPath, result.EventsPath, result.ManifestPath];
                            console.Line($"  beside it {string.Join(", ", beside.Select(Path.GetFileName))}");
                        }

                        return ExitCodes.Success;
                    },
                    CancellationToken.None));
        return command;
    }

    private static string Describe(TrainingResult result)
    {
        var end = result.Outcome switch
        {
            TrainingOutcome.StoppedEarly => ", stopped early because the validation loss kept rising",
            TrainingOutcome.StoppedByPerson => ", stopped by a person",
            _ => "",
        };
        var best = result.BestValidationLoss is { } loss
            ? string.Create(CultureInfo.InvariantCulture, $", weights of step {result.WeightsStep} with the best validation loss {loss:0.0000}")
            : "";
        return string.Create(
            CultureInfo.InvariantCulture,
            $"{result.LoraPath}: {result.Steps} {(result.Steps == 1 ? "step" : "steps")}, loss of the last epoch {result.FinalLoss:0.0000}{best}{end}");
    }
}
