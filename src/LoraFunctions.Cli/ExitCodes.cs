namespace LoraFunctions.Cli;

/// <summary>What the process returns.</summary>
internal static class ExitCodes
{
    public const int Success = 0;

    /// <summary>A fault of ours, or of the machine.</summary>
    public const int Unexpected = 1;

    /// <summary>Something the caller must put right: arguments, configuration, files.</summary>
    public const int InvalidInput = 2;

    /// <summary>Cancelled by Ctrl+C or SIGTERM, as shells count it.</summary>
    public const int Cancelled = 130;
}
