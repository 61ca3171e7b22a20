using System.CommandLine;
using System.CommandLine.Help;
using LoraFunctions.Cli.Commands;
using LoraFunctions.Cli.Nightly;
using LoraFunctions.Cli.Serving;
using LoraFunctions.Cli.Weights;

namespace LoraFunctions.Cli;

/// <summary>The command <c>lora</c>: puts the commands together, and turns every failure into lines on stderr and an exit code.</summary>
internal static class LoraCommandLine
{
    private static readonly Option<bool> Verbose = new("--verbose")
    {
        Description = "Show the whole trace of an unexpected failure.",
        Recursive = true,
    };

    /// <summary>After Ctrl+C or SIGTERM a running training writes its checkpoint first.</summary>
    private static readonly TimeSpan TerminationTimeout = TimeSpan.FromSeconds(30);

    public static RootCommand Create(CliConsole console)
    {
        var root = new RootCommand("Comparison pictures of cars: label photos, train LoRAs, render; one at a time or the whole night.")
        {
            Verbose,
            PrepareCommand.Create(console),
            LabelCommand.Create(console),
            CaptionsCommand.Create(console),
            TrainCommand.Create(console),
            RenderCommand.Create(console),
            CompareCommand.Create(console),
            SweepCommand.Create(console),
            VerifyCommand.Create(console),
            ConfigCommand.Create(console),
            ModelsCommand.Create(console),
            CostCommand.Create(console),
            WeightsCommand.Create(console),
            NightlyCommand.Create(console),
            ServeCommand.Create(console),
            ShowroomCommand.Create(console),
        };
        NumberOptions.SetReaders(root);
        PathOptions.SetReaders(root);
        EmptyValues.Refuse(root);
        return root;
    }

    public static async Task<int> RunAsync(IReadOnlyList<string> args, CliConsole console, CancellationToken cancellationToken = default)
    {
        var parsed = Create(console).Parse(args);
        if (parsed.Errors.Count > 0 && parsed.Action is not HelpAction)
        {
            foreach (var line in ParseFaults.Lines(parsed))
            {
                await console.Error.WriteLineAsync($"lora: {line}");
            }

            await console.Error.WriteLineAsync($"lora: '{CommandOf(parsed)} --help' says what can be given.");
            return ExitCodes.InvalidInput;
        }

        try
        {
            var configuration = new InvocationConfiguration
            {
                EnableDefaultExceptionHandler = false,
                ProcessTerminationTimeout = TerminationTimeout,
                Output = console.Out.Profile.Out.Writer,
                Error = console.Error,
            };
            return await parsed.InvokeAsync(configuration, cancellationToken);
        }
        catch (Exception exception)
        {
            return Failures.Report(exception, parsed.GetValue(Verbose), console.Error);
        }
    }

    private static string CommandOf(ParseResult parsed)
    {
        var names = new List<string>();
        for (
            System.CommandLine.Parsing.SymbolResult? result = parsed.CommandResult;
            result is System.CommandLine.Parsing.CommandResult command;
            result = result.Parent)
        {
            names.Insert(0, command.Command is RootCommand ? "lora" : command.Command.Name);
        }

        return string.Join(' ', names);
    }
}
