using System.Security.Cryptography;
using System.Text.Json.Nodes;
using Shouldly;
using Xunit;

namespace LoraFunctions.EndToEnd.Nightly;

/// <summary>
/// The demo as a person starts it, once in peace and once killed with -9 during labelling, training and rendering: what is done is not done
/// again, training goes on from its checkpoint, and the same files come out.
/// </summary>
public sealed class KilledNightTests(ITestOutputHelper output)
{
    private const string Date = "2025-03-01";

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Nightly_KilledAtEveryStation_EndsWithTheSameFiles()
    {
        using var folder = new TemporaryFolder();
        string peaceful = folder.Below("peaceful");
        string killed = folder.Below("killed");

        using (LoraProcess night = LoraProcess.StartNight(peaceful, Date))
        {
            (await night.EndAsync(Stop)).ShouldBe(0, night.Output);
            output.WriteLine(night.Output);
            CheckStory(night, peaceful);
        }

        await KillAsync(killed, line => line.Contains("Label job", StringComparison.Ordinal) && line.Contains("attempt 1 begins", StringComparison.Ordinal), storageToo: false);
        await KillAsync(killed, line => line.Contains("train-", StringComparison.Ordinal) && line.Contains("checkpoint checkpoint-", StringComparison.Ordinal), storageToo: false);

        // This time everything at once, as when the power goes.
        await KillAsync(killed, line => line.Contains("render-", StringComparison.Ordinal) && line.Contains("checkpoint", StringComparison.Ordinal), storageToo: true);

        using (LoraProcess night = LoraProcess.StartNight(killed, Date))
        {
            (await night.EndAsync(Stop)).ShouldBe(0, night.Output);
            output.WriteLine(night.Output);
            CheckLog(night.LogLines());
        }

        Digests(killed, "*.safetensors").ShouldBe(Digests(peaceful, "*.safetensors"));
        Digests(killed, "*.png").ShouldBe(Digests(peaceful, "*.png"));
        Manifest(killed).ShouldBe(Manifest(peaceful));
    }

    private async Task KillAsync(string folder, Func<string, bool> when, bool storageToo)
    {
        long before = LoraProcess.LogLength(folder);
        using LoraProcess night = LoraProcess.StartNight(folder, Date);
        string line = await night.WaitForLogAsync(before, when, Stop);
        if (storageToo)
        {
            night.KillStorage();
        }

        await night.KillAsync(Stop);
        output.WriteLine($"killed at: {line}");
    }

    private static void CheckStory(LoraProcess night, string folder)
    {
        night.Output.ShouldContain("its pictures are noise");
        night.Output.ShouldContain("rejected: img");
        Directory.GetFiles(Path.Combine(folder, "asset-library", Date), "*.png", SearchOption.AllDirectories).ShouldNotBeEmpty();
        Directory.GetFiles(Path.Combine(folder, "loras"), "*.safetensors").Length.ShouldBe(2);
        night.Lines.ShouldContain(line => line.Contains(Path.Combine(folder, "asset-library", Date), StringComparison.Ordinal));
    }

    /// <summary>A job that was announced never begins again, and those that were killed went on with what they had saved.</summary>
    private void CheckLog(IReadOnlyList<string> log)
    {
        var done = new HashSet<string>(StringComparer.Ordinal);
        var begun = new Dictionary<string, int>(StringComparer.Ordinal);
        foreach (string line in log)
        {
            if (JobIn(line, " begins.") is { } begins)
            {
                done.ShouldNotContain(begins, line);
                begun[begins] = begun.GetValueOrDefault(begins) + 1;
            }
            else if (JobIn(line, ": Done.") is { } ends)
            {
                done.Add(ends);
            }
        }

        output.WriteLine(string.Join('\n', begun.Select(job => $"{job.Key}: {job.Value} attempts")));
        begun.Keys.ShouldBe(done, ignoreOrder: true);
        foreach (string kind in new[] { "train-", "render-" })
        {
            begun.ShouldContain(job => job.Key.StartsWith(kind, StringComparison.Ordinal) && job.Value > 1);
            log.ShouldContain(line => line.Contains($"Job {kind}", StringComparison.Ordinal) && line.Contains("of an earlier attempt are taken up", StringComparison.Ordinal));
        }
    }

    private static string? JobIn(string line, string end)
    {
        if (!line.EndsWith(end, StringComparison.Ordinal))
        {
            return null;
        }

        int at = line.IndexOf(" job ", StringComparison.Ordinal);
        return at < 0 ? null : line[(at + 5)..line.IndexOf(':', at)];
    }

    private static SortedDictionary<string, string> Digests(string folder, string pattern)
    {
        var digests = new SortedDictionary<string, string>(StringComparer.Ordinal);
        foreach (string part in new[] { "loras", "asset-library" })
        {
            foreach (string file in Directory.EnumerateFiles(Path.Combine(folder, part), pattern, SearchOption.AllDirectories))
            {
                digests[Path.GetRelativePath(folder, file)] = Convert.ToHexStringLower(SHA256.HashData(File.ReadAllBytes(file)));
            }
        }

        return digests;
    }

    private static string Manifest(string folder)
    {
        JsonObject manifest = JsonNode.Parse(File.ReadAllText(Path.Combine(folder, "asset-library", Date, "manifest.json")))!.AsObject();
        manifest.Remove("times").ShouldBeTrue();
        return manifest.ToJsonString();
    }
}
