using System.IO.Compression;
using System.Text.Json;
using System.Text.RegularExpressions;
using LoraFunctions.Diffusion.Safetensors;
using Shouldly;
using Xunit;
using static TorchSharp.torch;

namespace LoraFunctions.Conformance;

/// <summary>
/// The golden vectors: those beside the tests, or another folder of the same layout named by <c>GOLDEN_DIR</c>.
/// Sizes, cases and tolerances come from the files.
/// </summary>
internal static class Golden
{
    public static string Folder { get; } = Environment.GetEnvironmentVariable("GOLDEN_DIR") is { Length: > 0 } other
        ? other
        : Path.Combine(AppContext.BaseDirectory, "golden");

    private static readonly Regex PythonNumbers = new(
        @"(?<=[:\[,]\s*)(?:-?Infinity|NaN)(?=\s*[,\]}])", RegexOptions.CultureInvariant, TimeSpan.FromSeconds(10));

    public static string PathOf(string file) => Path.Combine(Folder, file);

    /// <summary>The JSON of a set, e.g. <c>b_unet</c>.</summary>
    public static JsonElement Json(string set)
    {
        // Python writes infinities and NaN, which JSON does not know; nothing that is compared is one of them.
        var text = PythonNumbers.Replace(File.ReadAllText(PathOf(set + ".json")), "null");
        using var document = JsonDocument.Parse(text);
        return document.RootElement.Clone();
    }

    /// <summary>Opens <paramref name="file"/>, gunzipping it when only <c>{file}.gz</c> is there (or when that name is given).</summary>
    public static SafetensorsFile Open(string file)
    {
        var plain = PathOf(file);
        return File.Exists(plain) && !IsGzip(file) ? SafetensorsFile.Open(plain) : SafetensorsFile.Open(Bytes(file), file);
    }

    /// <summary>The content of a file, gunzipped.</summary>
    public static byte[] Bytes(string file)
    {
        var path = PathOf(file);
        if (!IsGzip(file) && !File.Exists(path))
        {
            path += ".gz";
        }

        using var stream = File.OpenRead(path);
        using var plain = new MemoryStream();
        if (IsGzip(path))
        {
            using var gunzip = new GZipStream(stream, CompressionMode.Decompress);
            gunzip.CopyTo(plain);
        }
        else
        {
            stream.CopyTo(plain);
        }

        return plain.ToArray();
    }

    /// <summary>Gunzips <paramref name="file"/> to <paramref name="target"/>, for code that takes a path.</summary>
    public static void Unpack(string file, string target)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(target)!);
        File.WriteAllBytes(target, Bytes(file));
    }

    /// <summary>Every tensor of a file on the CPU, fp16 and bf16 as they are. The caller disposes them (or its scope does).</summary>
    public static Dictionary<string, Tensor> Tensors(string file)
    {
        using var opened = Open(file);
        return opened.Entries.ToDictionary(entry => entry.Name, entry => opened.ReadTensor(entry.Name), StringComparer.Ordinal);
    }

    /// <summary>
    /// Asserts |actual - expected| &lt;= max_abs everywhere and ||actual - expected|| &lt;= rel_l2 * ||expected||, with both figures in the
    /// message.
    /// </summary>
    public static void ShouldMatch(this Tensor actual, Tensor expected, double? maxAbs, double? relL2, string what)
    {
        actual.shape.ShouldBe(expected.shape, what);
        var (measuredAbs, measuredRel) = Difference(actual, expected);
        TestContext.Current.TestOutputHelper?.WriteLine(
            $"{what}: max_abs {measuredAbs:g3} (<= {maxAbs:g3}), rel_l2 {measuredRel:g3} (<= {relL2:g3})");
        if (maxAbs is not null)
        {
            measuredAbs.ShouldBeLessThanOrEqualTo(maxAbs.Value, $"{what}: max_abs (rel_l2 {measuredRel:g4})");
        }

        if (relL2 is not null)
        {
            measuredRel.ShouldBeLessThanOrEqualTo(relL2.Value, $"{what}: rel_l2 (max_abs {measuredAbs:g4})");
        }
    }

    /// <summary>The same with the set's <c>tolerance: {max_abs, rel_l2}</c>; either may be absent.</summary>
    public static void ShouldMatch(this Tensor actual, Tensor expected, JsonElement tolerance, string what)
    {
        var maxAbs = Number(tolerance, "max_abs");
        var relL2 = Number(tolerance, "rel_l2");
        (maxAbs ?? relL2).ShouldNotBeNull($"{what}: the tolerance names neither max_abs nor rel_l2");
        actual.ShouldMatch(expected, maxAbs, relL2, what);
    }

    /// <summary>
    /// Largest absolute and relative L2 difference, in double precision. NaN anywhere gives infinity, which no tolerance passes (NaN itself
    /// compares as smaller than everything).
    /// </summary>
    public static (double MaxAbs, double RelL2) Difference(Tensor actual, Tensor expected)
    {
        using var scope = NewDisposeScope();
        using var grad = no_grad();
        var right = expected.to(float64).cpu();
        var difference = actual.to(float64).cpu() - right;
        if (difference.numel() == 0)
        {
            return (0, 0);
        }

        var norm = right.norm().item<double>();
        return (Finite(difference.abs().max().item<double>()), Finite(difference.norm().item<double>() / (norm > 0 ? norm : 1)));
    }

    private static double Finite(double value) => double.IsFinite(value) ? value : double.PositiveInfinity;

    public static double? Number(JsonElement element, string name) =>
        element.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.Number ? value.GetDouble() : null;

    private static bool IsGzip(string path) => path.EndsWith(".gz", StringComparison.Ordinal);
}
