using System.Text.RegularExpressions;
using Shouldly;
using Xunit;

namespace LoraFunctions.Architecture.HouseRules;

/// <summary>The README's commands exist as it writes them.</summary>
public sealed partial class ReadmeTests
{
    private static readonly IReadOnlyList<string> Commands =
        [.. CommandLine().Matches(Repository.Read("README.md")).Select(match => match.Groups["command"].Value.Trim())];

    [Fact]
    public void TheTwoCommands_AreThere()
    {
        Commands.ShouldContain("dotnet run --project src/LoraFunctions.Cli -- nightly --demo");
        Commands.ShouldContain("dotnet test LoraFunctions.sln");
    }

    [Fact]
    public void Commands_NameFilesThatExist() =>
        Commands
            .SelectMany(command => command.Split(' ', StringSplitOptions.RemoveEmptyEntries))
            .Where(word => RepositoryPath().IsMatch(word))
            .Where(word => !File.Exists(Repository.At(word)) && !Directory.Exists(Repository.At(word)))
            .ShouldBeEmpty();

    [Fact]
    public void Commands_UseVerbsOfDotnet() =>
        Commands.Where(command => command.StartsWith("dotnet ", StringComparison.Ordinal))
            .Where(command => command.Split(' ')[1] is not ("run" or "test" or "build" or "publish" or "restore" or "pack"))
            .ShouldBeEmpty();

    [Fact]
    public void Commands_UseVerbsAndOptionsOfLora()
    {
        var sources = string.Concat(Repository.Files("src/LoraFunctions.Cli", ".cs").Select(Repository.Read));
        var words =
            from command in Commands
            let match = LoraCommand().Match(command)
            where match.Success
            from word in match.Groups["words"].Value.Split(' ', StringSplitOptions.RemoveEmptyEntries)
            where word.StartsWith("--", StringComparison.Ordinal) || word == match.Groups["words"].Value.Split(' ')[0]
            where !sources.Contains($"\"{word.Split('=')[0]}\"", StringComparison.Ordinal)
            select $"{command}: the command line knows no '{word}'";
        words.ShouldBeEmpty();
    }

    [Fact]
    public void ContinuousIntegration_RunsTheReadmesTestCommand()
    {
        Commands.First(command => command.StartsWith("dotnet test ", StringComparison.Ordinal)).ShouldBe("dotnet test LoraFunctions.sln");
        Repository.Read(".ci/run").ShouldContain("README.md");
    }

    [GeneratedRegex(@"^( {4}|\t)?\$? ?(?<command>(dotnet|lora|npx|npm|docker|az|func) [^\r\n`]+)$", RegexOptions.Multiline | RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex CommandLine();

    [GeneratedRegex(@"^(src|tests|infra)/|\.(sln|csproj)$", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex RepositoryPath();

    [GeneratedRegex(@"^(lora|dotnet run (-c \w+ )?--project src/LoraFunctions\.Cli( -c \w+)? --) (?<words>.+)$", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex LoraCommand();
}
