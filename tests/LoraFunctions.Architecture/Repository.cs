using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;

namespace LoraFunctions.Architecture;

/// <summary>The checked-out repository these tests were built in, as files.</summary>
internal static class Repository
{
    public const string FunctionsProject = "LoraFunctions";

    private static readonly string[] SkippedFolders = ["bin", "obj", "node_modules", ".git", "artifacts", "TestResults", "demo", ".vs", ".idea"];

    private static readonly Dictionary<string, SyntaxTree> Trees = [];

    public static string Root { get; } = FindRoot();

    /// <summary>Path of a file or folder, from the root.</summary>
    public static string At(string relativePath) => Path.Combine(Root, relativePath.Replace('/', Path.DirectorySeparatorChar));

    public static string Read(string relativePath) => File.ReadAllText(At(relativePath));

    /// <summary>Every file below a folder that is somebody's work, not a build's; relative to the root, with '/', in ordinal order.</summary>
    public static IReadOnlyList<string> Files(string folder = "", params string[] extensions) =>
    [
        .. Walk(new DirectoryInfo(At(folder)))
            .Where(file => extensions.Length == 0 || extensions.Contains(Path.GetExtension(file), StringComparer.OrdinalIgnoreCase))
            .Select(file => Path.GetRelativePath(Root, file).Replace('\\', '/'))
            .Order(StringComparer.Ordinal),
    ];

    public static SyntaxTree Parse(string relativePath)
    {
        lock (Trees)
        {
            if (!Trees.TryGetValue(relativePath, out var tree))
            {
                var options = new CSharpParseOptions(LanguageVersion.Latest, DocumentationMode.Parse);
                tree = CSharpSyntaxTree.ParseText(Read(relativePath), options, relativePath);
                Trees.Add(relativePath, tree);
            }

            return tree;
        }
    }

    /// <summary><c>path:line</c> of a node, the way compilers name places.</summary>
    public static string Place(SyntaxNodeOrToken node) =>
        $"{node.SyntaxTree!.FilePath}:{node.GetLocation()!.GetLineSpan().StartLinePosition.Line + 1}";

    private static IEnumerable<string> Walk(DirectoryInfo folder)
    {
        if (!folder.Exists)
        {
            return [];
        }

        return folder.EnumerateFiles().Select(file => file.FullName)
            .Concat(folder.EnumerateDirectories().Where(inner => !SkippedFolders.Contains(inner.Name)).SelectMany(Walk));
    }

    private static string FindRoot()
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            if (File.Exists(Path.Combine(folder.FullName, "LoraFunctions.sln")))
            {
                return folder.FullName;
            }
        }

        throw new InvalidOperationException(
            $"No LoraFunctions.sln above '{AppContext.BaseDirectory}'; these tests read the repository's sources and must run inside it.");
    }
}
