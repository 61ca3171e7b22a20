using System.Diagnostics;
using System.Reflection;
using System.Text.Json.Nodes;

namespace LoraFunctions.Architecture.Infra;

/// <summary>The templates of <c>infra</c> as Bicep's own compiler sees them.</summary>
internal static class Bicep
{
    private static readonly Lazy<(string Template, string Said)> s_main = new(() => Run("build", "main.bicep", "--stdout"));

    /// <summary>What the compiler and its linter say of the main template and every module; empty where there is nothing.</summary>
    public static string Said => s_main.Value.Said;

    /// <summary>A fresh copy of the compiled template, to be read or to be broken.</summary>
    public static JsonNode Template() => JsonNode.Parse(s_main.Value.Template)!;

    public static (string Output, string Said) Run(params string[] arguments)
    {
        var path = typeof(Bicep).Assembly.GetCustomAttributes<AssemblyMetadataAttribute>().Single(data => data.Key == "BicepPath").Value!.Replace('\\', '/');
        var start = new ProcessStartInfo(path)
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            UseShellExecute = false,
            WorkingDirectory = Repository.At("infra"),
        };
        arguments.ToList().ForEach(start.ArgumentList.Add);

        // The command comes without the libraries of a language's rules.
        start.Environment["DOTNET_SYSTEM_GLOBALIZATION_INVARIANT"] = "1";
        using var process = Process.Start(start)!;
        var output = process.StandardOutput.ReadToEndAsync();
        var said = process.StandardError.ReadToEnd();
        process.WaitForExit();
        return (output.GetAwaiter().GetResult(), process.ExitCode == 0 ? said : $"exit {process.ExitCode}: {said}");
    }
}
