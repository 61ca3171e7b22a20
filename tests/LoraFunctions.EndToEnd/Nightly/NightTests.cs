using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using LoraFunctions.Cli.Azurite;
using LoraFunctions.Imaging.Metadata;

namespace LoraFunctions.EndToEnd.Nightly;

/// <summary>The demo as a person starts it: in peace, on another night, and killed with -9 at every station.</summary>
public sealed class NightTests(PeacefulNight peaceful, ITestOutputHelper output) : IAsyncLifetime
{
    private const string Date = PeacefulNight.Date;

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync() => await peaceful.EnsureAsync();

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    [Fact]
    public void Demo_Undisturbed_EndsWithPicturesLorasAndAReport()
    {
        peaceful.ExitCode.ShouldBe(0, peaceful.Output);
        peaceful.Output.ShouldContain("have seen drawn cars only");
        peaceful.Output.ShouldContain("is too small: its shorter side has 300 pixels");
        peaceful.Output.ShouldContain("is blurred");
        peaceful.Output.ShouldContain("cannot be read");
        peaceful.Output.ShouldContain("exactly the same pixels");
        peaceful.Output.ShouldContain(Path.Combine(peaceful.Folder, "asset-library", Date));

        NightFiles.Loras(peaceful.Folder).Count.ShouldBe(2);
        SortedDictionary<string, string> pictures = NightFiles.Pictures(peaceful.Folder, Date);
        pictures.Count.ShouldBe(4);
        pictures.Values.Distinct(StringComparer.Ordinal).Count().ShouldBe(4);
        NightFiles.Manifest(peaceful.Folder, Date)["pictures"]!.AsArray()
            .ToDictionary(picture => (string)picture!["file"]!, picture => (string)picture!["sha256"]!, StringComparer.Ordinal)
            .ShouldBe(pictures, ignoreOrder: true);
    }

    [Fact]
    public void Demo_Undisturbed_ManifestHasThePromptsThatThePicturesCarry()
    {
        JsonArray pictures = NightFiles.Manifest(peaceful.Folder, Date)["pictures"]!.AsArray();
        pictures.Count.ShouldBe(4);
        foreach (JsonNode? picture in pictures)
        {
            byte[] file = File.ReadAllBytes(Path.Combine(peaceful.Folder, "asset-library", Date, (string)picture!["file"]!));
            string parameters = PictureFile.ReadMetadata(file).Parameters.ShouldNotBeNull();

            parameters.ShouldStartWith($"{(string)picture["prompt"]!}\nNegative prompt: {(string)picture["negativePrompt"]!}\nSteps: ");
            var judged = picture["judged"].Deserialize<JudgedPicture>(JsonSerializerOptions.Web).ShouldNotBeNull();
            judged.Attempts.Count.ShouldBeInRange(1, 2);
            judged.Kept.Halves.Select(half => half.Side).ShouldBe(["left", "right"]);
            parameters.ShouldContain($"Seed: {judged.Kept.Seed}, ");
        }
    }

    /// <summary>
    /// What is done is not done again, training goes on from its checkpoint, and the same files come out. The last time everything is
    /// killed at once, as when the power goes: then the emulator loses its last half second, and only the same files are asked for.
    /// </summary>
    [Fact]
    public async Task Demo_KilledAtEveryStation_EndsWithTheSameFiles()
    {
        using var temporary = new TemporaryFolder();
        string folder = temporary.Below("killed");
        await KillAsync(folder, line => Says(line, "Label job", "attempt 1 begins."));
        await KillAsync(folder, line => Says(line, "Job train-", "checkpoint checkpoint-"));
        await KillAsync(folder, line => Says(line, "Job render-", "checkpoint"));
        await KillAsync(folder, line => Says(line, "Job render-", "of an earlier attempt are taken up"), storageToo: true);
        long beforeTheLast = LoraProcess.LogLength(folder);

        using (LoraProcess night = LoraProcess.StartNight(folder, Date))
        {
            (await night.EndAsync(Stop)).ShouldBe(0, night.Output);
            output.WriteLine(night.Output);
            night.Output.ShouldContain("The storage emulator was killed last time");
        }

        CheckLog([.. LoraProcess.LogLines(folder, 0, beforeTheLast)]);
        CheckSameAsInPeace(folder);
    }

    /// <summary>
    /// At moments that nobody chose: the command with its worker, the emulator under it, or both. LORA_KILLS says how often; 3 unless told
    /// otherwise. A night that is done before its next kill is compared there, and another begins.
    /// </summary>
    [Fact]
    public async Task Demo_KilledAtRandomMoments_EndsWithTheSameFiles()
    {
        int kills = int.TryParse(Environment.GetEnvironmentVariable("LORA_KILLS"), CultureInfo.InvariantCulture, out int asked) ? asked : 3;
        var random = new Random(kills);
        using var temporary = new TemporaryFolder();
        string folder = temporary.Below("killed");
        int kill = 0;
        while (kill < kills)
        {
            long before = LoraProcess.LogLength(folder);
            using LoraProcess night = LoraProcess.StartNight(folder, Date);
            int lines = random.Next(1, 30);
            while (!night.HasEnded && LoraProcess.LogLines(folder, before).Count < lines)
            {
                await Task.Delay(20, Stop);
            }

            await Task.Delay(random.Next(0, 1_500), Stop);
            if (night.HasEnded)
            {
                (await night.EndAsync(Stop)).ShouldBe(0, night.Output);
                CheckSameAsInPeace(folder);
                output.WriteLine($"a night was done after kill {kill}");
                folder = temporary.Below($"killed-{kill}");
                continue;
            }

            bool storage = random.Next(3) > 0;
            bool command = !storage || random.Next(2) > 0;
            if (storage)
            {
                night.KillStorage();
            }

            kill++;
            output.WriteLine($"kill {kill}: {(storage ? "emulator " : string.Empty)}{(command ? "command" : string.Empty)} after {LoraProcess.LogLength(folder) - before} bytes of log");
            await (command ? night.KillAsync(Stop) : night.EndAsync(Stop));
        }

        using (LoraProcess night = LoraProcess.StartNight(folder, Date))
        {
            (await night.EndAsync(Stop)).ShouldBe(0, night.Output);
        }

        CheckSameAsInPeace(folder);
    }

    /// <summary>Another process, another night, the storage of the first: nothing is trained or rendered again.</summary>
    [Fact]
    public async Task Storage_NextNight_PublishesTheSamePicturesWithoutAJob()
    {
        const string nextDate = "2025-03-02";
        using var temporary = new TemporaryFolder();
        temporary.CopyFrom(Path.Combine(peaceful.Folder, "storage"), "storage");
        await using AzuriteServer azurite = await AzuriteServer.StartInFolderAsync(temporary.Below("storage"), cancellationToken: Stop);
        string folder = temporary.Below("next");
        var settings = new Dictionary<string, string>(StringComparer.Ordinal)
        {
            ["Nightly__BaseModel"] = "showroom",
            ["Nightly__Clip"] = "showroom-clip",
            ["Nightly__MinPhotos"] = "6",
            ["Nightly__TimeZone"] = "UTC",
        };

        using LoraProcess night = LoraProcess.Start(
            folder,
            settings,
            "nightly",
            "--storage",
            azurite.ConnectionString,
            "--folder",
            folder,
            "--date",
            nextDate);
        (await night.EndAsync(Stop)).ShouldBe(0, night.Output);

        NightFiles.Pictures(folder, nextDate).ShouldBe(NightFiles.Pictures(peaceful.Folder, Date));
        JsonNode? first = NightFiles.Manifest(peaceful.Folder, Date)["pictures"];
        NightFiles.Manifest(folder, nextDate)["pictures"]!.ToJsonString().ShouldBe(first!.ToJsonString());
        LoraProcess.LogLines(folder).ShouldNotContain(line => line.EndsWith(" begins.", StringComparison.Ordinal));
    }

    private async Task KillAsync(string folder, Func<string, bool> when, bool storageToo = false)
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

    private void CheckSameAsInPeace(string folder)
    {
        output.WriteLine(string.Join('\n', LoraProcess.LogLines(folder).Where(line => line.Contains("failed", StringComparison.Ordinal))));
        NightFiles.Loras(folder).ShouldBe(NightFiles.Loras(peaceful.Folder));
        NightFiles.Pictures(folder, Date).ShouldBe(NightFiles.Pictures(peaceful.Folder, Date));
        NightFiles.Manifest(folder, Date).ToJsonString().ShouldBe(NightFiles.Manifest(peaceful.Folder, Date).ToJsonString());
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

        output.WriteLine(string.Join('\n', begun.Select(job => $"{job.Key}: begun {job.Value} times")));
        foreach (string kind in new[] { "label-", "train-", "render-" })
        {
            begun.ShouldContain(job => job.Key.StartsWith(kind, StringComparison.Ordinal) && job.Value > 1);
        }

        log.ShouldContain(line => Says(line, "Job train-", "of an earlier attempt are taken up"));
        log.ShouldContain(line => Says(line, "Training of", "goes on after step"));
        log.ShouldContain(line => Says(line, "Job render-", "of an earlier attempt are taken up"));
    }

    private static bool Says(string line, params string[] words) => words.All(word => line.Contains(word, StringComparison.Ordinal));

    private static string? JobIn(string line, string end)
    {
        int at = line.IndexOf(" job ", StringComparison.Ordinal);
        return at >= 0 && line.EndsWith(end, StringComparison.Ordinal) ? line[(at + 5)..line.IndexOf(':', at)] : null;
    }
}
