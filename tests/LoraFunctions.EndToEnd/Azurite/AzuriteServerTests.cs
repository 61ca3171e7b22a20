using System.Diagnostics;
using System.Text.Json.Nodes;
using Azure.Storage.Blobs;
using LoraFunctions.Cli.Azurite;

namespace LoraFunctions.EndToEnd.Azurite;

public sealed class AzuriteServerTests
{
    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Folder_ClosedAndStartedAgain_KeepsItsBlobs()
    {
        using var folder = new TemporaryFolder();
        await using (AzuriteServer first = await AzuriteServer.StartInFolderAsync(folder.Below("state"), cancellationToken: Stop))
        {
            first.PredecessorWasKilled.ShouldBeFalse();
            await WriteAsync(first, "kept", "one");
        }

        await using AzuriteServer second = await AzuriteServer.StartInFolderAsync(folder.Below("state"), cancellationToken: Stop);
        second.PredecessorWasKilled.ShouldBeFalse();
        (await ReadAsync(second, "kept")).ShouldBe("one");
    }

    [Fact]
    public async Task Folder_ServerKilled_SaysSoAndWhatCannotBeReadIsRemoved()
    {
        using var folder = new TemporaryFolder();
        string state = folder.Below("state");
        foreach (string name in new[] { "whole", "lost" })
        {
            // Each in a content file of its own: a server begins new ones.
            await using AzuriteServer first = await AzuriteServer.StartInFolderAsync(state, cancellationToken: Stop);
            await WriteAsync(first, name, $"content of {name}");
        }

        AzuriteServer killed = await AzuriteServer.StartInFolderAsync(state, cancellationToken: Stop);
        await Kill(killed);

        // What a kill between its two saves leaves: a name without a content.
        string names = await File.ReadAllTextAsync(System.IO.Path.Combine(state, "__azurite_db_blob__.json"), Stop);
        Forget(System.IO.Path.Combine(state, "__azurite_db_blob_extent__.json"), ExtentOf(names, "lost"));

        await using AzuriteServer second = await AzuriteServer.StartInFolderAsync(state, cancellationToken: Stop);
        second.PredecessorWasKilled.ShouldBeTrue();
        (await AzuriteRepair.RemoveUnreadableBlobsAsync(second, Stop)).ShouldBe(["box/lost"]);
        (await ReadAsync(second, "whole")).ShouldBe("content of whole");
        (await AzuriteRepair.RemoveUnreadableBlobsAsync(second, Stop)).ShouldBeEmpty();
    }

    [Fact]
    public async Task Folder_StateDamaged_MovesItAsideAndBeginsEmpty()
    {
        using var folder = new TemporaryFolder();
        string state = folder.Below("state");
        Directory.CreateDirectory(state);
        await File.WriteAllTextAsync(System.IO.Path.Combine(state, "__azurite_db_queue__.json"), "{\"filename\":\"cut o", Stop);

        var said = new List<string>();
        await using AzuriteServer server = await AzuriteServer.StartInFolderAsync(state, said.Add, Stop);
        await WriteAsync(server, "new", "three");

        said.ShouldContain(line =>
            line.Contains("damaged", StringComparison.Ordinal) && line.Contains($"{state}-damaged-1", StringComparison.Ordinal));
        File.Exists(System.IO.Path.Combine($"{state}-damaged-1", "__azurite_db_queue__.json")).ShouldBeTrue();
        (await ReadAsync(server, "new")).ShouldBe("three");
    }

    [Fact]
    public async Task Memory_Disposed_LeavesNoProcess()
    {
        AzuriteServer server = await AzuriteServer.StartInMemoryAsync(cancellationToken: Stop);
        int id = server.ProcessId;
        await WriteAsync(server, "any", "thing");
        await server.DisposeAsync();
        Should.Throw<ArgumentException>(() => Process.GetProcessById(id));
    }

    private static async Task Kill(AzuriteServer server)
    {
        using (var process = Process.GetProcessById(server.ProcessId))
        {
            process.Kill();
            await process.WaitForExitAsync(Stop);
        }

        await server.DisposeAsync();
    }

    /// <summary>Takes a content out of the emulator's list of contents.</summary>
    private static void Forget(string file, string extent)
    {
        JsonNode database = JsonNode.Parse(File.ReadAllText(file))!;
        JsonNode collection = database["collections"]!.AsArray().Single(found => (string)found!["name"]! == "$EXTENTS_COLLECTION$")!;
        JsonArray extents = collection["data"]!.AsArray();
        int at = extents.IndexOf(extents.Single(found => (string)found!["id"]! == extent));
        extents.RemoveAt(at);

        // Its index holds places in the list.
        JsonNode index = collection["binaryIndices"]!["id"]!;
        int[] places = [.. index["values"]!.AsArray()
            .Select(place => (int)place!)
            .Where(place => place != at)
            .Select(place => place > at ? place - 1 : place)];
        index["values"] = new JsonArray([.. places.Select(place => JsonValue.Create(place))]);
        File.WriteAllText(file, database.ToJsonString());
    }

    private static string ExtentOf(string names, string blob)
    {
        int at = names.IndexOf($"\"name\":\"{blob}\"", StringComparison.Ordinal);
        const string mark = "\"persistency\":{\"id\":\"";
        int begin = names.IndexOf(mark, at, StringComparison.Ordinal) + mark.Length;
        return names[begin..names.IndexOf('"', begin)];
    }

    private static async Task WriteAsync(AzuriteServer server, string name, string text)
    {
        var container = new BlobContainerClient(server.ConnectionString, "box");
        await container.CreateIfNotExistsAsync(cancellationToken: Stop);
        await container.GetBlobClient(name).UploadAsync(BinaryData.FromString(text), overwrite: true, Stop);
    }

    private static async Task<string> ReadAsync(AzuriteServer server, string name) =>
        (await new BlobContainerClient(server.ConnectionString, "box").GetBlobClient(name).DownloadContentAsync(Stop))
            .Value.Content.ToString();
}
