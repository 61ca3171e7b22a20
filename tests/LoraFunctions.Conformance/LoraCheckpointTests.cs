using System.Text.Json;
using LoraFunctions.Diffusion.Checkpoints;
using LoraFunctions.Diffusion.Lora;
using LoraFunctions.Diffusion.Models;
using LoraFunctions.Diffusion.Safetensors;
using LoraFunctions.Diffusion.WeightTools;
using Shouldly;
using Xunit;
using static TorchSharp.torch;

namespace LoraFunctions.Conformance;

/// <summary>Set e's LoRAs baked into checkpoints of either layout, and taken out of them again.</summary>
public sealed class LoraCheckpointTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly StableDiffusionLoadOptions _load = new()
    {
        RequireTokenizer = false,
        TextEncoderHeads = ClipTextConfig.Parse(Golden.Json("a_clip_text").GetProperty("config"), "a").NumAttentionHeads,
        UnetHeads = UNetConfig.Parse(Golden.Json("b_unet").GetProperty("config"), "b").AttentionHeads[0],
    };

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("lora", false)]
    [InlineData("lora", true)]
    [InlineData("locon", false)]
    [InlineData("locon", true)]
    public void Merge_IntoACheckpoint_LoadsAgainAndComputesWhatTheAttachedLoraDoes(string set, bool isFolder)
    {
        using var scope = NewDisposeScope();
        using var grad = no_grad();
        using var lora = LoraTests.Load(set);
        var (basePath, output) = (isFolder ? DiffusersFolder() : SingleFile(), Path.Combine(_folder.Path, isFolder ? "merged" : "merged.safetensors"));

        var result = CheckpointMerge.Write(basePath, [new LoraUse(lora, 0.7, 0.4)], output, new CheckpointMergeOptions { Precision = float32 });

        result.MergedLayers.ShouldBe(lora.Modules.Count);
        using var plain = StableDiffusionModel.Load(basePath, Options(isFolder));
        using var merged = StableDiffusionModel.Load(output, Options(isFolder));
        var vectors = Golden.Tensors("e_lora.vectors.safetensors");
        var (sample, timesteps, ids) = (vectors["sample"], vectors["timesteps"], vectors["input_ids"]);
        var before = plain.Unet.forward(sample, timesteps, plain.TextEncoder.Encode(ids));
        using (LoraNetwork.Attach(plain.Unet.AdaptableLayers(), plain.TextEncoder.AdaptableLayers(), [new LoraUse(lora, 0.7, 0.4)]))
        {
            var context = plain.TextEncoder.Encode(ids);
            merged.TextEncoder.Encode(ids).ShouldMatchSet(context, "context");
            merged.Unet.forward(sample, timesteps, context).ShouldMatchSet(plain.Unet.forward(sample, timesteps, context), "out");
        }

        Golden.Difference(merged.Unet.forward(sample, timesteps, merged.TextEncoder.Encode(ids)), before).RelL2.ShouldBeGreaterThan(1e-3, "the LoRA does something");
    }

    [Fact]
    public void Merge_TwoLoras_IsTheSameOneAfterTheOtherAndAsOneLora()
    {
        using var scope = NewDisposeScope();
        using var a = LoraTests.Load("lora");
        using var b = LoraTests.Load("locon");
        var basePath = SingleFile();
        var options = new CheckpointMergeOptions { Precision = float32 };
        string Out(string name) => Path.Combine(_folder.Path, name + ".safetensors");

        CheckpointMerge.Write(basePath, [new LoraUse(a, 0.8, 0.8), new LoraUse(b, -0.5, 0.3)], Out("both"), options);
        CheckpointMerge.Write(basePath, [new LoraUse(a, 0.8, 0.8)], Out("first"), options);
        CheckpointMerge.Write(Out("first"), [new LoraUse(b, -0.5, 0.3)], Out("second"), options);
        using (var sum = LoraSum.Of([new LoraUse(a, 0.8, 0.8), new LoraUse(b, -0.5, 0.3)]))
        {
            CheckpointMerge.Write(basePath, [new LoraUse(sum)], Out("sum"), options);
        }

        using var both = SafetensorsFile.Open(Out("both"));
        foreach (var name in new[] { "second", "sum" })
        {
            using var other = SafetensorsFile.Open(Out(name));
            other.ByName.Keys.ShouldBe(both.ByName.Keys);
            foreach (var entry in both.Entries)
            {
                using var inner = NewDisposeScope();
                other.ReadTensor(entry.Name).sub(both.ReadTensor(entry.Name)).abs().max().to(float64).item<double>().ShouldBeLessThan(1e-5, $"{name}: {entry.Name}");
            }
        }
    }

    [Fact]
    public void Merge_InTheBasesPrecision_TouchesOnlyTheLorasLayersAndSaysWhatItIs()
    {
        using var scope = NewDisposeScope();
        using var lora = LoraTests.Load("lora");
        var (basePath, output) = (SingleFile(), Path.Combine(_folder.Path, "merged.safetensors"));

        var result = CheckpointMerge.Write(basePath, [new LoraUse(lora)], output, new CheckpointMergeOptions { Names = ["tesla"] });

        result.LeftOut.ShouldBe(["2 averaged tensors (model_ema.*) of tiny.safetensors"]);
        using var before = SafetensorsFile.Open(basePath);
        using var after = SafetensorsFile.Open(output);
        after.ByName.Keys.ShouldBe(before.ByName.Keys.Where(k => !k.StartsWith("model_ema.", StringComparison.Ordinal)), ignoreOrder: true);
        var changed = 0;
        foreach (var entry in after.Entries)
        {
            using var inner = NewDisposeScope();
            entry.Dtype.ShouldBe(before.ByName[entry.Name].Dtype);
            changed += after.ReadTensor(entry.Name).bytes.SequenceEqual(before.ReadTensor(entry.Name).bytes) ? 0 : 1;
        }

        changed.ShouldBe(lora.Modules.Count);
        after.Metadata["modelspec.merged_from"].ShouldBe("tiny, tesla");
        after.Metadata["modelspec.title"].ShouldBe("merged");
    }

    [Fact]
    public void Merge_AFolder_TakesEverythingButOtherWeightsAlong()
    {
        using var lora = LoraTests.Load("lora");
        var basePath = DiffusersFolder();
        void Put(string name) => File.WriteAllText(Path.Combine(Directory.CreateDirectory(Path.Combine(basePath, Path.GetDirectoryName(name)!)).FullName, Path.GetFileName(name)), "{}");
        foreach (var name in new[] { "model_index.json", "safety_checker/model.safetensors", ".cache/x", "unet/diffusion_pytorch_model.bin", "v1-5.safetensors" })
        {
            Put(name);
        }

        var output = Path.Combine(_folder.Path, "merged");
        var result = CheckpointMerge.Write(basePath, [new LoraUse(lora, 1, 0)], output, new CheckpointMergeOptions());

        result.LeftOut.ShouldBe(["unet/diffusion_pytorch_model.bin", "v1-5.safetensors"]);
        Relative(output).ShouldBe(Relative(basePath).Except(result.LeftOut).Where(n => !n.StartsWith(".cache", StringComparison.Ordinal)));
        File.ReadAllBytes(Path.Combine(output, "text_encoder", "model.safetensors")).ShouldBe(File.ReadAllBytes(Path.Combine(basePath, "text_encoder", "model.safetensors")));
        Directory.Exists(output + ".partial").ShouldBeFalse();

        static string[] Relative(string folder) => [.. Directory.EnumerateFiles(folder, "*", SearchOption.AllDirectories).Select(f => Path.GetRelativePath(folder, f)).Order(StringComparer.Ordinal)];
    }

    [Fact]
    public void Merge_ThatCannotBe_LeavesNothing()
    {
        using var lora = LoraTests.Load("lora");
        var (basePath, output) = (SingleFile(), Path.Combine(_folder.Path, "merged.safetensors"));
        var options = new CheckpointMergeOptions();
        using var foreign = new LoraWeights([new LoraModule(new LoraLayerName(LoraPart.Unet, "down_blocks.9.proj_in"), ones(1, 2), ones(2, 1), 1)]);

        Should.Throw<CheckpointException>(() => CheckpointMerge.Write(basePath, [new LoraUse(lora)], basePath, options)).Message.ShouldContain("is the base itself");
        Should.Throw<CheckpointException>(() => CheckpointMerge.Write(basePath, [new LoraUse(lora)], _folder.Path, options)).Message.ShouldContain("name a .safetensors file");
        Should.Throw<LoraException>(() => CheckpointMerge.Write(basePath, [new LoraUse(foreign)], output, options)).Message.ShouldContain("down_blocks_9_proj_in");
        Should.Throw<LoraException>(() => CheckpointMerge.Write(basePath, [new LoraUse(lora, 1e9)], output, options)).Message.ShouldContain("not finite in F16");
        Directory.GetFiles(_folder.Path).ShouldBe([basePath]);
    }

    [Theory]
    [InlineData("lora", null)]
    [InlineData("locon", 320)]
    public void Extract_AtFullRank_IsTheDifference(string set, int? convolutionRank)
    {
        using var scope = NewDisposeScope();
        using var lora = LoraTests.Load(set);
        var (basePath, tuned) = (SingleFile(), Path.Combine(_folder.Path, "tuned.safetensors"));
        CheckpointMerge.Write(basePath, [new LoraUse(lora)], tuned, new CheckpointMergeOptions { Precision = float32 });

        // From one layout to the other: the base is compared as a folder.
        using var result = LoraExtraction.Extract(
            DiffusersFolder(), tuned, new LoraExtractionOptions { Rank = 320, ConvolutionRank = convolutionRank, MinTextDifference = 0 });

        result.FrobeniusKept.ShouldBe(1, 1e-9);
        result.NotHeld.ShouldBeEmpty();
        result.Weights.Modules.Select(m => m.Layer).ShouldBe(lora.Modules.Select(m => m.Layer));
        foreach (var module in result.Weights.Modules)
        {
            module.Scale.ShouldBe(1);
            var difference = module.Delta() - lora.Find(module.Layer)!.Delta().reshape(module.Delta().shape);
            difference.abs().max().item<float>().ShouldBeLessThan(1e-5f, module.Layer.Kohya);
        }

        // And back: the base with what was extracted is the tuned model.
        var again = Path.Combine(_folder.Path, "again.safetensors");
        CheckpointMerge.Write(basePath, [new LoraUse(result.Weights)], again, new CheckpointMergeOptions { Precision = float32 });
        using var one = SafetensorsFile.Open(tuned);
        using var other = SafetensorsFile.Open(again);
        foreach (var entry in one.Entries)
        {
            other.ReadTensor(entry.Name).sub(one.ReadTensor(entry.Name)).abs().max().to(float64).item<double>().ShouldBeLessThan(1e-5, entry.Name);
        }
    }

    [Fact]
    public void Extract_AtTheLorasRank_FindsItAgainAndSaysWhatItCannotHold()
    {
        using var scope = NewDisposeScope();
        using var lora = LoraTests.Load("locon");
        var (basePath, tuned) = (SingleFile(), Path.Combine(_folder.Path, "tuned.safetensors"));
        CheckpointMerge.Write(basePath, [new LoraUse(lora)], tuned, new CheckpointMergeOptions { Precision = float32 });
        var rank = (int)lora.Modules.Max(m => m.Rank);

        using var result = LoraExtraction.Extract(basePath, tuned, new LoraExtractionOptions { Rank = rank, MinTextDifference = 0 });

        result.FrobeniusKept.ShouldBe(1, 1e-6);
        var convolutions = lora.Modules.Where(m => LoraLayers.KindOf(m.Layer.Path) == LoraTargets.Convolutions).Select(m => $"unet.{m.Layer.Path}.weight");
        result.NotHeld.ShouldBe(convolutions, ignoreOrder: true);
        result.Weights.Metadata["ss_network_dim"].ShouldBe(rank.ToString(System.Globalization.CultureInfo.InvariantCulture));
    }

    [Fact]
    public void Extract_TextEncoderNearlyEqual_LeavesItOut()
    {
        using var scope = NewDisposeScope();
        using var lora = LoraTests.Load("lora");
        var (basePath, tuned) = (SingleFile(), Path.Combine(_folder.Path, "tuned.safetensors"));
        CheckpointMerge.Write(basePath, [new LoraUse(lora, 1, 0)], tuned, new CheckpointMergeOptions { Precision = float32 });

        using var result = LoraExtraction.Extract(basePath, tuned, new LoraExtractionOptions { Rank = 2 });

        result.IsTextEncoderLeftOut.ShouldBeTrue();
        result.Weights.HasTextEncoder.ShouldBeFalse();
        result.FrobeniusKept.ShouldBeInRange(0.3, 0.999);
        Should.Throw<LoraException>(() => LoraExtraction.Extract(basePath, basePath, new LoraExtractionOptions())).Message.ShouldContain("does not differ");
    }

    [Fact]
    public void Extract_Clamped_StaysWithinTheQuantile()
    {
        using var scope = NewDisposeScope();
        using var lora = LoraTests.Load("lora");
        var (basePath, tuned) = (SingleFile(), Path.Combine(_folder.Path, "tuned.safetensors"));
        CheckpointMerge.Write(basePath, [new LoraUse(lora)], tuned, new CheckpointMergeOptions { Precision = float32 });

        using var free = LoraExtraction.Extract(basePath, tuned, new LoraExtractionOptions());
        using var clamped = LoraExtraction.Extract(basePath, tuned, new LoraExtractionOptions { ClampQuantile = 0.9 });

        foreach (var module in clamped.Weights.Modules)
        {
            var all = cat([free.Weights.Find(module.Layer)!.Up.flatten(), free.Weights.Find(module.Layer)!.Down.flatten()]);
            var highest = quantile(all, tensor(0.9f)).item<float>();
            cat([module.Up.flatten(), module.Down.flatten()]).abs().max().item<float>().ShouldBe(highest, 1e-5f, module.Layer.Kohya);
        }
    }

    private StableDiffusionLoadOptions Options(bool isFolder) => isFolder ? new StableDiffusionLoadOptions { RequireTokenizer = false } : _load;

    private string SingleFile()
    {
        var path = Path.Combine(_folder.Path, "tiny.safetensors");
        Golden.Unpack("ldm_checkpoint.f16.safetensors", path);
        return path;
    }

    private string DiffusersFolder()
    {
        var folder = Path.Combine(_folder.Path, "base");
        foreach (var (part, file, json, weights) in new[]
        {
            ("text_encoder", "model", "a_clip_text", "a_clip_text.hf.f32"),
            ("unet", "diffusion_pytorch_model", "b_unet", "b_unet.diffusers.f32"),
            ("vae", "diffusion_pytorch_model", "c_vae", "c_vae.diffusers.f32"),
        })
        {
            Golden.Unpack(weights + ".safetensors", Path.Combine(folder, part, file + ".safetensors"));
            File.WriteAllText(Path.Combine(folder, part, "config.json"), JsonSerializer.Serialize(Golden.Json(json).GetProperty("config")));
        }

        return folder;
    }
}
