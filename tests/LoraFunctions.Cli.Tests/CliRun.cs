namespace LoraFunctions.Cli.Tests;

/// <summary>One run of the command in this process, with what it printed.</summary>
internal sealed record CliRun(int ExitCode, string Out, string Error)
{
    public string[] ErrorLines => Error.Split('\n', StringSplitOptions.RemoveEmptyEntries);

    public static async Task<CliRun> Of(params string[] args)
    {
        var (output, error) = (new StringWriter { NewLine = "\n" }, new StringWriter { NewLine = "\n" });
        var exitCode = await LoraCommandLine.RunAsync(args, CliConsole.ForWriters(output, error));
        return new CliRun(exitCode, output.ToString(), error.ToString());
    }
}
