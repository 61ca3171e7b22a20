using System.Text.RegularExpressions;
using LoraFunctions.Architecture.Arrows;
using Shouldly;
using Xunit;

namespace LoraFunctions.Architecture.HouseRules;

/// <summary>What lies where, and what no file of the repository may contain.</summary>
public sealed partial class RepositoryTests
{
    private static readonly string[] TopLevel =
    [
        "src", "tests", "infra", "local.settings.sample.json", "host.json", "LoraFunctions.sln", "README.md",
        "Directory.Build.props", "Directory.Build.targets", "Directory.Packages.props", "global.json", "LICENSE", "CHANGELOG.md", "THIRD-PARTY-NOTICES.md",
    ];

    /// <summary>What a working copy may have beside them: outputs and a developer's own settings, none of them in the repository.</summary>
    private static readonly string[] Untracked = ["bin", "obj", "artifacts", "TestResults", "demo", "local.settings.json", "node_modules"];

    private static readonly string[] TextFiles =
        [".cs", ".csproj", ".props", ".targets", ".json", ".md", ".yml", ".yaml", ".sh", ".txt", ".sln", ".bicep", ".config", ".html"];

    [Fact]
    public void TopLevel_IsTheDesignCards() =>
        Directory.EnumerateFileSystemEntries(Repository.Root)
            .Select(path => Path.GetFileName(path))
            .Where(name => !name.StartsWith('.') && !name.StartsWith("__azurite", StringComparison.Ordinal))
            .Except(TopLevel).Except(Untracked)
            .ShouldBeEmpty();

    [Fact]
    public void Solution_HoldsEveryProject() =>
        SolutionEntry().Matches(Repository.Read("LoraFunctions.sln")).Select(match => match.Groups["path"].Value.Replace('\\', '/'))
            .ShouldBe(ProjectFile.All.Select(project => project.Path), ignoreOrder: true);

    [Fact]
    public void Files_HoldNoPathOfSomebodysMachine()
    {
        var strays =
            from file in Repository.Files("", TextFiles)
            where !file.StartsWith("tests/LoraFunctions.Conformance/golden/", StringComparison.Ordinal) && !file.EndsWith("package-lock.json", StringComparison.Ordinal)
            from line in File.ReadLines(Repository.At(file)).Index()
            from Match match in MachinePath().Matches(line.Item)
            select $"{file}:{line.Index + 1}: {match.Value}";
        strays.ShouldBeEmpty();
    }

    [Fact]
    public void LockFiles_NameThePublicRegistryOnly()
    {
        var strays =
            from file in Repository.Files("", ".json")
            where file.EndsWith("package-lock.json", StringComparison.Ordinal)
            from Match match in ResolvedUrl().Matches(Repository.Read(file))
            where match.Groups["host"].Value != "registry.npmjs.org"
            select $"{file}: {match.Groups["host"].Value}";
        strays.ShouldBeEmpty();
    }

    [GeneratedRegex("""^Project\("[^"]+"\) = "[^"]+", "(?<path>[^"]+\.csproj)",""", RegexOptions.Multiline | RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex SolutionEntry();

    // Assembled from pieces, so that this file passes its own check. The home of Azure Functions in a container is a product's path, not a machine's.
    [GeneratedRegex("(?<![\\w.$}-])/(" + "tmp|work|root|Users" + ")/\\w|(?<![\\w.$}-])/ho" + "me/(?!site/)\\w|[A-Z]:\\\\Us" + "ers\\\\", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex MachinePath();

    [GeneratedRegex("\"resolved\": *\"https?://(?<host>[^/\"]+)", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex ResolvedUrl();
}
