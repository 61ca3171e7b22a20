using LoraFunctions.Cli;

return await LoraCommandLine.RunAsync(args, CliConsole.ForProcess());
