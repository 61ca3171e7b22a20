using System.Security.Cryptography;
using System.Text.Json.Nodes;

namespace LoraFunctions.EndToEnd.Nightly;

/// <summary>What a night left in its folder.</summary>
internal static class NightFiles
{
    /// <summary>SHA-256 of the LoRAs by their names.</summary>
    public static SortedDictionary<string, string> Loras(string folder) => Digests(Path.Combine(folder, "loras"), "*.safetensors");

    /// <summary>SHA-256 of one night's pictures by their names below its date.</summary>
    public static SortedDictionary<string, string> Pictures(string folder, string date) =>
        Digests(Path.Combine(folder, "asset-library", date), "*.png");

    /// <summary>Without what may differ between two equal nights.</summary>
    public static JsonObject Manifest(string folder, string date)
    {
        JsonObject manifest = JsonNode.Parse(File.ReadAllText(Path.Combine(folder, "asset-library", date, "manifest.json")))!.AsObject();
        manifest.Remove("times").ShouldBeTrue();
        return manifest;
    }

    /// <summary>SHA-256 by the name below the folder.</summary>
    public static SortedDictionary<string, string> Digests(string folder, string pattern)
    {
        var digests = new SortedDictionary<string, string>(StringComparer.Ordinal);
        foreach (string file in Directory.EnumerateFiles(folder, pattern, SearchOption.AllDirectories))
        {
            digests[Path.GetRelativePath(folder, file)] = Convert.ToHexStringLower(SHA256.HashData(File.ReadAllBytes(file)));
        }

        return digests;
    }
}
