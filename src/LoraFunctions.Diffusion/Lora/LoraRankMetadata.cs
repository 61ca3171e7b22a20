using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace LoraFunctions.Diffusion.Lora;

/// <summary>kohya's metadata about ranks and alphas, read off modules that were computed rather than trained.</summary>
internal static class LoraRankMetadata
{
    public const string RankKey = "ss_network_dim";

    private const string ArgumentsKey = "ss_network_args";

    /// <summary>What kohya's tools write where modules differ.</summary>
    private const string Differing = "Dynamic";

    /// <summary>The metadata with the ranks and alphas that these modules have; everything else stays.</summary>
    public static Dictionary<string, string> With(IReadOnlyDictionary<string, string> metadata, IReadOnlyCollection<LoraModule> modules)
    {
        var wide = modules.Where(ModuleMatrices.IsWide).ToArray();
        var others = wide.Length < modules.Count ? [.. modules.Where(m => !ModuleMatrices.IsWide(m))] : wide;
        var arguments = Arguments(metadata);
        arguments.Remove("conv_dim");
        arguments.Remove("conv_alpha");
        if (wide.Length > 0)
        {
            arguments["conv_dim"] = Common(wide.Select(m => (double)m.Rank));
            arguments["conv_alpha"] = Common(wide.Select(m => m.Alpha));
        }

        return new Dictionary<string, string>(metadata, StringComparer.Ordinal)
        {
            ["ss_network_module"] = LoraMetadata.NetworkModule,
            [RankKey] = Common(others.Select(m => (double)m.Rank)),
            ["ss_network_alpha"] = Common(others.Select(m => m.Alpha)),
            [ArgumentsKey] = arguments.ToJsonString(),
        };
    }

    private static string Common(IEnumerable<double> values) =>
        values.Distinct().ToArray() is [var only] ? only.ToString("R", CultureInfo.InvariantCulture) : Differing;

    private static JsonObject Arguments(IReadOnlyDictionary<string, string> metadata)
    {
        try
        {
            return metadata.TryGetValue(ArgumentsKey, out var json) && JsonNode.Parse(json) is JsonObject arguments ? arguments : [];
        }
        catch (JsonException)
        {
            // Somebody's own remark; the ranks are what matters here.
            return [];
        }
    }
}
