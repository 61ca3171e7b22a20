using System.Diagnostics;
using LoraFunctions.Support;
using LoraFunctions.Worker.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Shouldly;
using Xunit;

namespace LoraFunctions.Worker.Tests.Hosting;

/// <summary>The worker as a process.</summary>
public sealed class WorkerProgramTests(AzuriteFixture azurite)
{
    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    /// <summary>The host swallows what ends a background service: a job that could not be looked for must not pass for one that was done.</summary>
    [Fact]
    public async Task Once_StorageRefusesTheKey_EndsWithOneAndSaysWhyWithoutTheKey()
    {
        using var folder = new TemporaryFolder();
        string key = Convert.ToBase64String(new byte[64]);
        string connection = System.Text.RegularExpressions.Regex.Replace(
            azurite.ConnectionString, "AccountKey=[^;]+", $"AccountKey={key}", System.Text.RegularExpressions.RegexOptions.None, TimeSpan.FromSeconds(1));
        var start = new ProcessStartInfo("dotnet") { UseShellExecute = false, RedirectStandardOutput = true, RedirectStandardError = true };
        start.ArgumentList.Add(Path.Combine(AppContext.BaseDirectory, "LoraFunctions.Worker.dll"));
        start.ArgumentList.Add("--once");
        start.Environment["LoraStorage__ConnectionString"] = connection;
        start.Environment["Worker__Folder"] = folder.Path;
        using Process process = Process.Start(start)!;
        Task<string> output = process.StandardOutput.ReadToEndAsync(Stop);
        string error = await process.StandardError.ReadToEndAsync(Stop);
        await process.WaitForExitAsync(Stop);

        process.ExitCode.ShouldBe(1);
        error.ShouldStartWith("lora-worker: Server failed to authenticate the request");
        File.Exists(folder.Below("health")).ShouldBeTrue();
        (error + await output).ShouldNotContain(key);
    }

    [Fact]
    public void Console_EventWithASecret_IsWrittenWithoutIt()
    {
        var text = new StringWriter();
        var exception = new InvalidOperationException("DefaultEndpointsProtocol=https;AccountName=cars;AccountKey=c2VjcmV0;EndpointSuffix=core.windows.net");
        var entry = new LogEntry<string>(LogLevel.Error, "Worker", 7, "at https://x?sig=abc%3D&se=1", exception, (state, _) => state);

        new RedactedConsole().Write(entry, scopeProvider: null, text);

        text.ToString().ShouldStartWith("Error Worker[7] at https://x?sig=***&se=1");
        text.ToString().ShouldContain("AccountName=cars;AccountKey=***;EndpointSuffix");
        text.ToString().ShouldNotContain("c2VjcmV0");
    }
}
