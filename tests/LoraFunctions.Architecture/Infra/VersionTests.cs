using System.Diagnostics;
using System.Text.Json;
using System.Text.RegularExpressions;
using System.Xml.Linq;
using Shouldly;
using Xunit;

namespace LoraFunctions.Architecture.Infra;

/// <summary>What is written in several files says one thing: versions of .NET, of Azurite, of packages that go together.</summary>
public sealed partial class VersionTests
{
    private static readonly string s_dotnet = XDocument.Parse(Repository.Read("Directory.Build.props")).Descendants("TargetFramework").Single().Value["net".Length..];

    private static readonly Dictionary<string, string> s_packages = XDocument.Parse(Repository.Read("Directory.Packages.props")).Descendants("PackageVersion")
        .ToDictionary(package => (string)package.Attribute("Include")!, package => (string)package.Attribute("Version")!, StringComparer.Ordinal);

    [Theory]
    [InlineData("infra/worker.Dockerfile", "dotnet/sdk")]
    [InlineData("infra/worker.Dockerfile", "dotnet/runtime")]
    [InlineData("infra/functions.Dockerfile", "dotnet/sdk")]
    public void ContainerFiles_AreOnTheProjectsDotnetAndUbuntu2404(string file, string image) =>
        From().Matches(Repository.Read(file)).Where(match => match.Groups["image"].Value.EndsWith(image, StringComparison.Ordinal))
            .Select(match => match.Groups["tag"].Value).ShouldBe([$"{s_dotnet}-noble"]);

    [Fact]
    public void FunctionsImageAndPlan_AreOnTheProjectsDotnet()
    {
        Repository.Read("infra/functions.Dockerfile").ShouldContain($"azure-functions/dotnet-isolated:4-dotnet-isolated{s_dotnet}");
        Repository.Read("infra/modules/functions-app.bicep").ShouldContain($"runtime: {{ name: 'dotnet-isolated', version: '{s_dotnet}' }}");
        JsonDocument.Parse(Repository.Read("global.json")).RootElement.GetProperty("sdk").GetProperty("version").GetString()!.ShouldStartWith(s_dotnet + ".");
    }

    [Fact]
    public void Azurite_IsOneVersionEverywhere()
    {
        var wanted = JsonDocument.Parse(Repository.Read("infra/azurite/package.json")).RootElement.GetProperty("dependencies").GetProperty("azurite").GetString()!;
        JsonDocument.Parse(Repository.Read("infra/azurite/package-lock.json")).RootElement.GetProperty("packages").GetProperty("node_modules/azurite").GetProperty("version").GetString()
            .ShouldBe(wanted);
        Repository.Read("infra/compose.yaml").ShouldContain($"azure-storage/azurite:{wanted}\n");
    }

    [Fact]
    public void PackagesThatGoTogether_HaveOneVersion()
    {
        s_packages["TorchSharp-cuda-linux"].ShouldBe(s_packages["TorchSharp"]);
        s_packages.Where(package => package.Key.StartsWith("Microsoft.DurableTask.", StringComparison.Ordinal) && package.Key != "Microsoft.DurableTask.InProcessTestHost")
            .Select(package => package.Value).Distinct(StringComparer.Ordinal).ShouldHaveSingleItem();
    }

    [Theory]
    [InlineData("cpu", new[] { "TorchSharp", "libtorch-cpu-linux-x64" })]
    [InlineData("cuda", new[] { "TorchSharp-cuda-linux" })]
    public void TorchBackend_ChoosesItsPackages(string backend, string[] expected)
    {
        var packages = JsonDocument.Parse(Msbuild(backend)).RootElement.GetProperty("Items").GetProperty("PackageReference").EnumerateArray()
            .Select(package => package.GetProperty("Identity").GetString()!);
        packages.Where(package => package.Contains("torch", StringComparison.OrdinalIgnoreCase)).ShouldBe(expected, ignoreOrder: true);
        Repository.Read("infra/worker.Dockerfile").ShouldContain("-p:TorchBackend=${TORCH_BACKEND}");
    }

    [Fact]
    public void DeployScript_WithoutAStep_NamesThemAndEndsWithTwo()
    {
        var start = new ProcessStartInfo("bash", [Repository.At("infra/deploy.sh")]) { RedirectStandardError = true, UseShellExecute = false };
        using var process = Process.Start(start)!;
        var said = process.StandardError.ReadToEnd();
        process.WaitForExit();
        process.ExitCode.ShouldBe(2);
        foreach (var step in new[] { "provision", "publish", "models", "smoke", "down" })
        {
            said.ShouldContain($"  {step} ");
            Repository.Read("infra/deploy.sh").ShouldContain($"\n{step}() {{");
        }
    }

    private static string Msbuild(string backend)
    {
        var start = new ProcessStartInfo("dotnet", ["msbuild", Repository.At("src/LoraFunctions.Diffusion/LoraFunctions.Diffusion.csproj"), $"-p:TorchBackend={backend}", "-getItem:PackageReference"])
        {
            RedirectStandardOutput = true,
            UseShellExecute = false,
        };

        // The test host's own, which would make the command look for its SDK in the wrong place.
        start.Environment.Remove("MSBUILD_EXE_PATH");
        start.Environment.Remove("MSBuildExtensionsPath");
        using var process = Process.Start(start)!;
        var output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        process.ExitCode.ShouldBe(0, output);
        return output;
    }

    [GeneratedRegex(@"^FROM (?<image>[\w./-]+):(?<tag>\S+)", RegexOptions.Multiline | RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex From();
}
