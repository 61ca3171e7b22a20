using System.Text.Json;
using LoraFunctions.Diffusion.Lora;
using LoraFunctions.Diffusion.Models;
using LoraFunctions.Diffusion.WeightTools;
using Shouldly;
using TorchSharp;
using Xunit;
using static TorchSharp.torch;

namespace LoraFunctions.Conformance;

/// <summary>Set e: kohya's files on the models of sets a and b, and the module names of the real Stable Diffusion 1.5.</summary>
public sealed class LoraTests
{
    private static JsonElement Info => Golden.Json("e_lora").GetProperty("info");

    /// <summary>The files the JSON tells about: lora and locon.</summary>
    public static TheoryData<string> Sets => [.. Info.EnumerateObject().Where(p => p.Value.ValueKind == JsonValueKind.Object && p.Value.TryGetProperty("n_modules", out _)).Select(p => p.Name)];

    [Theory]
    [MemberData(nameof(Sets))]
    public void Load_KohyaFile_HasTheModulesTheJsonCounts(string set)
    {
        using var weights = Load(set);

        weights.Modules.Count.ShouldBe(Info.GetProperty(set).GetProperty("n_modules").GetInt32());
        weights.Modules.Count(m => m.Layer.Part == LoraPart.Unet).ShouldBe(Info.GetProperty(set).GetProperty("unet").GetInt32());
        weights.Modules.Count(m => m.Layer.Part == LoraPart.TextEncoder).ShouldBe(Info.GetProperty(set).GetProperty("te").GetInt32());
    }

    [Theory]
    [MemberData(nameof(Sets))]
    public void AdaptedForward_MatchesKohya_AndDetachingGivesTheBaseBack(string set)
    {
        using var scope = NewDisposeScope();
        using var grad = no_grad();
        using var unet = Networks.Unet();
        using var text = Networks.TextEncoder();
        using var weights = Load(set);
        var vectors = Golden.Tensors("e_lora.vectors.safetensors");
        var (sample, timesteps, ids) = (vectors["sample"], vectors["timesteps"], vectors["input_ids"]);
        var before = unet.forward(sample, timesteps, text.Encode(ids));
        text.Encode(ids).ShouldMatchSet(vectors["base.context"], "base.context");
        before.ShouldMatchSet(vectors["base.out"], "base.out");

        var multiplier = Golden.Json("e_lora").GetProperty("multiplier").GetDouble();
        using (LoraNetwork.Attach(unet.AdaptableLayers(), text.AdaptableLayers(), [new LoraUse(weights, multiplier, multiplier)]))
        {
            var context = text.Encode(ids);
            context.ShouldMatchSet(vectors[set + ".context"], set + ".context");
            unet.forward(sample, timesteps, context).ShouldMatchSet(vectors[set + ".out"], set + ".out");
            unet.forward(sample, timesteps, vectors["base.context"]).ShouldMatchSet(vectors[set + ".out_unet_only_base_context"], set + ".out_unet_only_base_context");
        }

        unet.forward(sample, timesteps, text.Encode(ids)).bytes.SequenceEqual(before.bytes).ShouldBeTrue("detached, the base computes the same bits");
        unet.AdaptableLayers().ShouldAllBe(l => l.Value.Adapter == null);
    }

    [Theory]
    [MemberData(nameof(Sets))]
    public void MergedWeightsAndForward_MatchKohya(string set)
    {
        using var scope = NewDisposeScope();
        using var grad = no_grad();
        using var unet = Networks.Unet();
        using var text = Networks.TextEncoder();
        using var weights = Load(set);
        var vectors = Golden.Tensors("e_lora.vectors.safetensors");
        var multiplier = Golden.Json("e_lora").GetProperty("multiplier").GetDouble();

        LoraMerge.Into(unet.AdaptableLayers(), text.AdaptableLayers(), [new LoraUse(weights, multiplier, multiplier)]);

        var merged = vectors.Where(v => v.Key.StartsWith(set + ".merged_weight.", StringComparison.Ordinal)).ToArray();
        merged.ShouldNotBeEmpty();
        foreach (var (name, expected) in merged)
        {
            var parameter = name[(set + ".merged_weight.").Length..];
            var (network, path) = (parameter[..parameter.IndexOf('.', StringComparison.Ordinal)], parameter[(parameter.IndexOf('.', StringComparison.Ordinal) + 1)..]);
            var layers = network == "unet" ? unet.AdaptableLayers() : text.AdaptableLayers();
            layers.Single(l => l.Key + ".weight" == path).Value.Weight.ShouldMatchSet(expected, name);
        }

        unet.forward(vectors["sample"], vectors["timesteps"], text.Encode(vectors["input_ids"])).ShouldMatchSet(vectors[set + ".merged_out"], set + ".merged_out");
    }

    [Fact]
    public void RowsWithTheirOwnLora_EachMatchKohya_AndTheUnadaptedRowIsTheBase()
    {
        using var scope = NewDisposeScope();
        using var grad = no_grad();
        using var unet = Networks.Unet();
        using var text = Networks.TextEncoder();
        var sets = Sets.Select(s => s.Data).ToArray();
        var loaded = sets.Select(Load).ToArray();
        var vectors = Golden.Tensors("e_lora.vectors.safetensors");
        var (sample, timesteps) = (vectors["sample"], vectors["timesteps"]);
        var multiplier = Golden.Json("e_lora").GetProperty("multiplier").GetDouble();
        var count = (int)sample.shape[0];

        using var network = LoraNetwork.Attach(unet.AdaptableLayers(), text.AdaptableLayers(), [.. loaded.Select(w => new LoraUse(w, multiplier, multiplier))]);
        // [base, set 1, set 2, ...], each as many rows as the sample has
        network.UnetRows = LoraRows.Of([.. Enumerable.Range(-1, sets.Length + 1).SelectMany(s => Enumerable.Repeat<IReadOnlyList<int>>(s < 0 ? [] : [s], count))]);
        var context = cat([vectors["base.context"], .. sets.Select(s => vectors[s + ".context"])]);
        var all = unet.forward(cat([.. Enumerable.Repeat(sample, sets.Length + 1)]), cat([.. Enumerable.Repeat(timesteps, sets.Length + 1)]), context);

        all.narrow(0, 0, count).ShouldMatchSet(vectors["base.out"], "rows without a LoRA");
        for (var s = 0; s < sets.Length; s++)
        {
            all.narrow(0, (s + 1) * count, count).ShouldMatchSet(vectors[sets[s] + ".out"], $"rows of {sets[s]}");
        }

        foreach (var weights in loaded)
        {
            weights.Dispose();
        }
    }

    [Fact]
    public void DiffusersNames_EveryOneInTheJson_IsTheKohyaTensorItStandsFor()
    {
        var map = Info.GetProperty("diffusers_names_to_kohya").EnumerateObject().ToArray();
        map.ShouldNotBeEmpty();
        foreach (var pair in map)
        {
            LoraKey.TryParse(pair.Name, out var diffusers).ShouldBeTrue(pair.Name);
            LoraKey.TryParse(pair.Value.GetString()!, out var kohya).ShouldBeTrue(pair.Name);
            diffusers.ShouldBe(kohya, pair.Name);
            LoraKey.Write(kohya.Layer, kohya.Role, LoraFormat.Kohya).ShouldBe(pair.Value.GetString());
        }
    }

    [Fact]
    public void ModulesOfTheRealStableDiffusion_AreNamedShapedAndChosenAsKohyaDoes()
    {
        using var unet = new UNet2DConditionModel(new UNetConfig(), ParameterSource.Meta);
        using var text = new ClipTextModel(new ClipTextConfig(), ParameterSource.Meta);
        var json = Golden.Json("e_sd15_lora_modules");
        var rank = json.GetProperty("rank").GetInt64();
        var modules = json.GetProperty("modules").EnumerateArray().ToArray();
        var extra = json.GetProperty("locon_extra").EnumerateArray().ToArray();

        var chosen = LoraLayers.Choose(unet.AdaptableLayers(), LoraTargets.Kohya, text.AdaptableLayers());
        chosen.Select(l => l.Key.Kohya).ShouldBe(modules.Select(m => m.GetProperty("name").GetString()), ignoreOrder: true);
        chosen.Count.ShouldBe(json.GetProperty("n").GetInt32());
        chosen.Sum(l => LoraLayers.Shapes(l.Value, rank) is var (down, up) ? Product(down) + Product(up) : 0).ShouldBe(json.GetProperty("params").GetInt64());

        var convolutions = LoraLayers.Choose(unet.AdaptableLayers(), LoraTargets.Convolutions, null);
        convolutions.Select(l => l.Key.Kohya).ShouldBe(extra.Select(m => m.GetProperty("name").GetString()), ignoreOrder: true);

        var layers = chosen.Concat(convolutions).ToDictionary(l => l.Key, l => l.Value);
        foreach (var module in modules.Concat(extra))
        {
            LoraLayerName.TryParseKohya(module.GetProperty("name").GetString()!, out var name).ShouldBeTrue();
            name.Diffusers.ShouldBe(module.GetProperty("module").GetString());
            var (down, up) = LoraLayers.Shapes(layers[name], rank);
            down.ShouldBe(module.GetProperty("down").EnumerateArray().Select(n => n.GetInt64()), name.Kohya);
            up.ShouldBe(module.GetProperty("up").EnumerateArray().Select(n => n.GetInt64()), name.Kohya);
        }
    }

    [Theory]
    [MemberData(nameof(Sets))]
    public void Save_TheLoadedFile_GivesItsTensorBytesBack(string set)
    {
        var folder = Directory.CreateTempSubdirectory("lora-conformance-");
        using var weights = Load(set);
        var path = Path.Combine(folder.FullName, "again.safetensors");

        var hash = LoraFile.Save(path, weights);

        hash.ShouldBe(weights.ModelHash, "the data behind the header is the reference's, byte for byte");
        folder.Delete(recursive: true);
    }

    internal static LoraWeights Load(string set)
    {
        var folder = Directory.CreateTempSubdirectory("lora-conformance-");
        var path = Path.Combine(folder.FullName, set + ".safetensors");
        Golden.Unpack($"e_{set}.kohya.f16.safetensors", path);
        var weights = LoraFile.Load(path);
        folder.Delete(recursive: true);
        return weights;
    }

    private static long Product(long[] shape) => shape.Aggregate(1L, (a, b) => a * b);
}

internal static class LoraSetTolerance
{
    public static void ShouldMatchSet(this Tensor actual, Tensor expected, string what)
    {
        var tolerance = Golden.Json("e_lora").GetProperty("tolerance");
        actual.ShouldMatch(expected, tolerance.GetProperty("out_max_abs").GetDouble(), tolerance.GetProperty("out_rel_l2").GetDouble(), what);
    }
}
