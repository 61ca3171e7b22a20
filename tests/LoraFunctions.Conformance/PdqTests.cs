using System.Text.Json;
using LoraFunctions.Imaging.Codecs;
using LoraFunctions.Imaging.Pixels;
using Shouldly;
using Xunit;
using static TorchSharp.torch;

namespace LoraFunctions.Conformance;

/// <summary>PDQ hashes, turned ones too, their qualities and distances, against the reference in C++.</summary>
public sealed class PdqTests
{
    private const string Set = "j_pdq";

    private static readonly Dictionary<string, Dihedral> Turned = new(StringComparer.Ordinal)
    {
        ["original"] = Dihedral.Original, ["rotate90"] = Dihedral.Rotate90, ["rotate180"] = Dihedral.Rotate180, ["rotate270"] = Dihedral.Rotate270,
        ["flipx"] = Dihedral.FlipX, ["flipy"] = Dihedral.FlipY, ["flipplus1"] = Dihedral.FlipPlus1, ["flipminus1"] = Dihedral.FlipMinus1,
    };

    public static TheoryData<string> Pictures =>
        [.. Cases(Golden.Json(Set)).Select(picture => picture.GetProperty("file").GetString()!)];

    [Theory]
    [MemberData(nameof(Pictures))]
    public void Of_GoldenPicture_HasTheReferencesHashesAndQuality(string file)
    {
        var expected = Cases(Golden.Json(Set)).Single(picture => picture.GetProperty("file").GetString() == file);
        var pdq = Pdq.Of(ImageCodec.Decode(File.ReadAllBytes(Golden.PathOf(file))));

        pdq.Quality.ShouldBe(expected.GetProperty("quality").GetInt32(), "quality");
        if (!expected.GetProperty("hash_check").GetBoolean())
        {
            return;
        }

        var near = expected.GetProperty("bits_near_median").EnumerateArray().Select(bit => bit.GetProperty("bit").GetInt32()).ToArray();
        var different = Bits(pdq.Hash(), PdqHash.Parse(expected.GetProperty("hash").GetString()!));
        different.Except(near).ShouldBeEmpty();
        different.Length.ShouldBeLessThanOrEqualTo(2);
        foreach (var turned in expected.GetProperty("dihedral").EnumerateObject())
        {
            // A bit near the median may be another there too.
            pdq.Hash(Turned[turned.Name]).DistanceTo(PdqHash.Parse(turned.Value.GetString()!)).ShouldBeLessThanOrEqualTo(Math.Min(near.Length, 2), turned.Name);
        }
    }

    [Theory]
    [MemberData(nameof(Pictures))]
    public void Of_GoldenPicture_HasTheReferencesSamplesAndFrequencies(string file)
    {
        using var scope = NewDisposeScope();
        var vectors = Golden.Tensors($"{Set}.vectors.safetensors");
        var number = file.Split('_')[2];
        var tolerance = Golden.Json(Set).GetProperty("tolerance");
        var pdq = Pdq.Of(ImageCodec.Decode(File.ReadAllBytes(Golden.PathOf(file))));
        if (!vectors.TryGetValue($"{number}.buffer64x64", out var samples))
        {
            pdq.Quality.ShouldBe(0, "only a picture too small to sample has no samples");
            return;
        }

        tensor(pdq.Buffer).ShouldMatch(samples, tolerance.GetProperty("buffer64x64_max_abs").GetDouble(), null, "samples");
        tensor(pdq.Dct).ShouldMatch(vectors[$"{number}.dct16x16"], tolerance.GetProperty("dct16x16_max_abs").GetDouble(), null, "frequencies");
    }

    [Fact]
    public void DistanceTo_AllGoldenPairs_AreTheReferences()
    {
        var json = Golden.Json(Set);
        var pictures = json.GetProperty("pictures").EnumerateArray().ToArray();
        var hashes = pictures.Select(picture => Hash(picture.GetProperty("file").GetString()!)).ToArray();
        var slack = pictures.Select(picture => Math.Min(2, picture.GetProperty("bits_near_median").GetArrayLength())).ToArray();
        var distances = json.GetProperty("distances");
        for (var i = 0; i < hashes.Length; i++)
        {
            for (var j = 0; j < hashes.Length; j++)
            {
                Math.Abs(hashes[i].DistanceTo(hashes[j]) - distances[i][j].GetInt32()).ShouldBeLessThanOrEqualTo(slack[i] + slack[j], $"{i}, {j}");
            }
        }
    }

    [Fact]
    public void Hash_MirroredPicture_IsNearTheMirroredHash()
    {
        foreach (var check in Golden.Json(Set).GetProperty("mirror_check").EnumerateArray())
        {
            var (original, mirrored) = (check.GetProperty("original").GetString()!, check.GetProperty("mirrored").GetString()!);

            Hash(original).DistanceTo(Hash(mirrored)).ShouldBe(check.GetProperty("distance_plain").GetInt32());
            Hash(original, Dihedral.FlipY).DistanceTo(Hash(mirrored)).ShouldBe(check.GetProperty("distance_flipy_of_original").GetInt32());
        }
    }

    [Fact]
    public void Parse_WhatToStringWrote_IsTheHash()
    {
        var hash = Hash("j_pdq_01_scene.png");

        PdqHash.Parse(hash.ToString()).ShouldBe(hash);
        Should.Throw<FormatException>(() => PdqHash.Parse("00ff"));
    }

    private static PdqHash Hash(string file, Dihedral turned = Dihedral.Original) =>
        Pdq.Of(ImageCodec.Decode(File.ReadAllBytes(Golden.PathOf(file)))).Hash(turned);

    private static IEnumerable<JsonElement> Cases(JsonElement json) =>
        [.. json.GetProperty("pictures").EnumerateArray(), .. json.GetProperty("edge_cases").EnumerateArray()];

    private static int[] Bits(PdqHash one, PdqHash other)
    {
        var (a, b) = (one.ToString(), other.ToString());
        return [.. Enumerable.Range(0, 256).Where(bit => ((Nibble(a, bit) ^ Nibble(b, bit)) >> (bit % 4) & 1) != 0)];
        static int Nibble(string hex, int bit) => Convert.ToInt32(hex[63 - (bit / 4)].ToString(), 16);
    }
}
