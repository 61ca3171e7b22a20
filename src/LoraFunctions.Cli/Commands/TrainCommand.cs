using System.CommandLine;
using System.Globalization;
using LoraFunctions.Diffusion.Training;
using LoraFunctions.Jobs;
using LoraFunctions.Jobs.Training;

namespace LoraFunctions.Cli.Commands;

/// <summary><c>lora train</c>: one YAML a model, one model after the other.</summary>
internal static class TrainCommand
{
    public static Command Create(CliConsole console)
    {
        var config = new Option<string[]>("--config")
        {
            Description = "One YAML a model; several are checked together, then trained one after the other.",
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
                        return TrainAll(console, requests, parsed.GetValue<bool>("--verbose"), cancellationToken);
                    },
                    CancellationToken.None));
        return command;
    }

    /// <summary>All are checked before the first begins; one that fails then does not stop the others.</summary>
    /// <returns>The exit code of the first that failed.</returns>
    private static int TrainAll(CliConsole console, IReadOnlyList<TrainingRequest> requests, bool verbose, CancellationToken cancellationToken)
    {
        var job = new TrainingJob(new JobLogger(console));
        var exitCode = ExitCodes.Success;
        try
        {
            if (requests.Count > 1)
            {
                ProgressDisplay.Run(console, progress =>
                {
                    job.Check(requests, progress, cancellationToken);
                    return true;
                });
            }

            foreach (var request in requests)
            {
                try
                {
                    var result = ProgressDisplay.Run(console, progress => job.Run(request, progress, cancellationToken));
                    console.Line(Describe(result));
                    string[] beside = [result.LogPath, result.PlotPath, result.EventsPath, result.ManifestPath];
                    console.Line($"  beside it {string.Join(", ", beside.Select(Path.GetFileName))}");
                }
                catch (Exception exception) when (exception is not OperationCanceledException && requests.Count > 1)
                {
                    console.Error.WriteLine($"lora: {request.Configurations[^1]} was not trained:");
                    var failed = Failures.Report(exception, verbose, console.Error);
                    exitCode = exitCode == ExitCodes.Success ? failed : exitCode;
                }
            }

            return exitCode;
        }
        catch (OperationCanceledException)
        {
            console.Error.WriteLine("lora: cancelled; every finished step is kept. Start the same command again, and it goes on from there.");
            return ExitCodes.Cancelled;
        }
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
