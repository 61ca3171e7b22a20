using System.Runtime.CompilerServices;

namespace LoraFunctions.Jobs.Tests;

/// <summary>Finds files of the repository from where this source file lies.</summary>
internal static class RepositoryFiles
{
    public static string Root { get; } = FindRoot();

    public static string Of(params string[] parts) => Path.Combine([Root, .. parts]);

    private static string FindRoot([CallerFilePath] string source = "")
    {
        var folder = Path.GetDirectoryName(source);
        while (folder is not null && !File.Exists(Path.Combine(folder, "LoraFunctions.sln")))
        {
            folder = Path.GetDirectoryName(folder);
        }

        return folder ?? throw new InvalidOperationException($"No LoraFunctions.sln above {source}.");
    }
}
