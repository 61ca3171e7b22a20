using Azure;
using LoraFunctions.Cli.Azurite;
using LoraFunctions.Diffusion.Checkpoints;
using LoraFunctions.Diffusion.Lora;
using LoraFunctions.Diffusion.Training;
using LoraFunctions.Jobs;
using LoraFunctions.Pipeline.Storage;

namespace LoraFunctions.Cli;

/// <summary>How a command's failure is told: one line a problem, no trace.</summary>
internal static class Failures
{
    /// <summary>Writes the lines and returns the exit code.</summary>
    public static int Report(Exception exception, bool verbose, TextWriter error)
    {
        switch (exception)
        {
            case InvalidJobInputException invalid:
                foreach (var problem in invalid.Problems)
                {
                    error.WriteLine($"lora: {OneLine(problem)}");
                }

                return ExitCodes.InvalidInput;

            // The machine's fault, not the input's: a full disk.
            case TrainingCheckpointException { InnerException: IOException or UnauthorizedAccessException }:
                error.WriteLine($"lora: {OneLine(exception.Message)}");
                return ExitCodes.Unexpected;

            case NonRetriableJobException or CheckpointException or LoraException or TrainingCheckpointException:
                error.WriteLine($"lora: {OneLine(exception.Message)}");
                return ExitCodes.InvalidInput;

            case OperationCanceledException:
                error.WriteLine("lora: cancelled; what is done is kept.");
                return ExitCodes.Cancelled;

            case StorageUnreachableException or AzuriteException:
                error.WriteLine($"lora: {OneLine(exception.Message)}");
                return ExitCodes.Unexpected;

            case IOException or UnauthorizedAccessException:
                error.WriteLine(verbose ? $"lora: {exception}" : $"lora: {OneLine(exception.Message)}");
                return ExitCodes.Unexpected;

            case var _ when IsOfStorage(exception) && StorageFaults.IsTransient(exception) && !verbose:
                error.WriteLine($"lora: the storage failed ({StorageFaults.Reason(exception)}). What is done so far is kept in it; "
                    + "see that it runs and is reached, and run the command again: it goes on from there.");
                return ExitCodes.Unexpected;

            default:
                error.WriteLine(verbose
                    ? $"lora: {exception}"
                    : $"lora: unexpected failure: {OneLine(exception.Message)} ({exception.GetType().Name}; --verbose shows where)");
                return ExitCodes.Unexpected;
        }
    }

    private static bool IsOfStorage(Exception? exception) => exception is RequestFailedException || (exception is not null && IsOfStorage(exception.InnerException));

    public static string OneLine(string text) => text.ReplaceLineEndings(" ").Trim();
}
