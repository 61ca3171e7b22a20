using System.Security.Cryptography;
using LoraFunctions.Diffusion.Lora;
using LoraFunctions.Diffusion.Safetensors;
using Shouldly;
using TorchSharp;
using Xunit;
using static TorchSharp.torch;

namespace LoraFunctions.Diffusion.Tests.Lora;

public sealed class LoraFileTests : IDisposable
{
    private static readonly LoraLayerName s_query = new(LoraPart.Unet, "down_blocks.0.attentions.0.transformer_blocks.0.attn1.to_q");
    private static readonly LoraLayerName s_out = new(LoraPart.Unet, "mid_block.attentions.0.transformer_blocks.0.attn2.to_out.0");
    private static readonly LoraLayerName s_text = new(LoraPart.TextEncoder, "text_model.encoder.layers.0.self_attn.out_proj");
    private static readonly LoraLayerName s_conv = new(LoraPart.Unet, "up_blocks.2.resnets.0.conv1");

    private readonly string _folder = Directory.CreateTempSubdirectory("lora-files-").FullName;
    private readonly DisposeScope _scope = NewDisposeScope();

    public void Dispose()
    {
        _scope.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    [Fact]
    public void Save_AndLoad_GivesBackEveryModuleAlphaAndMetadata()
    {
        using var weights = Weights();
        var path = Path.Combine(_folder, "car.safetensors");

        var hash = LoraFile.Save(path, weights, new LoraSaveOptions { Metadata = Card.ToDictionary() });

        using var read = LoraFile.Load(path);
        read.Modules.Select(m => m.Layer).ShouldBe(weights.Modules.Select(m => m.Layer));
        read.ModelHash.ShouldBe(hash);
        read.ShortHash.ShouldBe(hash[..12]);
        read.Metadata["ss_network_dim"].ShouldBe("2");
        read.Metadata["ss_tag_frequency"].ShouldBe("""{"dataset":{"特斯拉":3}}""");
        read.Metadata["modelspec.architecture"].ShouldBe("stable-diffusion-v1/lora");
        foreach (var module in read.Modules)
        {
            module.Down.dtype.ShouldBe(ScalarType.Float16);
            module.Alpha.ShouldBe(3.0);
            module.Down.bytes.ToArray().ShouldBe(weights.Find(module.Layer)!.Down.to(ScalarType.Float16).bytes.ToArray());
            module.Up.bytes.ToArray().ShouldBe(weights.Find(module.Layer)!.Up.to(ScalarType.Float16).bytes.ToArray());
        }
    }

    [Fact]
    public void Save_SameWeightsTwice_GivesTheSameBytes()
    {
        using var weights = Weights();
        foreach (var name in new[] { "a", "b" })
        {
            LoraFile.Save(Path.Combine(_folder, name), weights, new LoraSaveOptions { Metadata = Card.ToDictionary() });
        }

        File.ReadAllBytes(Path.Combine(_folder, "a")).ShouldBe(File.ReadAllBytes(Path.Combine(_folder, "b")));
    }

    [Fact]
    public void Save_Hashes_AreThoseOfTheFileWithTheLastingMetadataOnly()
    {
        using var weights = Weights();
        var path = Path.Combine(_folder, "car.safetensors");
        LoraFile.Save(path, weights, new LoraSaveOptions { Metadata = Card.ToDictionary() });

        using var file = SafetensorsFile.Open(path);
        var lasting = file.Metadata.Where(m => m.Key.StartsWith("ss_", StringComparison.Ordinal)).ToDictionary();
        using var again = new MemoryStream();
        SafetensorsWriter.Write(again, file.Entries.Select(e => KeyValuePair.Create(e.Name, file.ReadTensor(e.Name))), lasting);
        var bytes = again.ToArray();
        var data = bytes[(8 + (int)BitConverter.ToUInt64(bytes))..];
        file.Metadata["sshs_model_hash"].ShouldBe(Convert.ToHexStringLower(SHA256.HashData(data)));
        var legacy = bytes.Skip(0x100000).Take(0x10000).ToArray();
        file.Metadata["sshs_legacy_hash"].ShouldBe(Convert.ToHexStringLower(SHA256.HashData(legacy))[..8]);
        legacy.Length.ShouldBe(0x10000, "the file is meant to reach beyond the first megabyte");
    }

    [Theory]
    [InlineData(LoraFormat.Diffusers, "unet.down_blocks.0.attentions.0.transformer_blocks.0.attn1.to_q.lora.up.weight", "text_encoder.text_model.encoder.layers.0.self_attn.out_proj.lora_linear_layer.down.weight")]
    [InlineData(LoraFormat.Peft, "unet.down_blocks.0.attentions.0.transformer_blocks.0.attn1.to_q.lora_B.weight", "text_encoder.text_model.encoder.layers.0.self_attn.out_proj.lora_A.weight")]
    public void Save_ForeignFormat_FoldsTheScaleAndReadsBackAsTheSameDeltas(LoraFormat format, string aName, string anotherName)
    {
        using var weights = Weights();
        var path = Path.Combine(_folder, "pytorch_lora_weights.safetensors");

        LoraFile.Save(path, weights, new LoraSaveOptions { Format = format, Precision = ScalarType.Float32 });

        using (var file = SafetensorsFile.Open(path))
        {
            file.ByName.Keys.ShouldContain(aName);
            file.ByName.Keys.ShouldContain(anotherName);
            file.ByName.Keys.ShouldNotContain(k => k.Contains("alpha", StringComparison.Ordinal));
        }

        using var read = LoraFile.Load(_folder);
        read.Modules.Count.ShouldBe(weights.Modules.Count);
        foreach (var module in read.Modules)
        {
            module.Alpha.ShouldBe(module.Rank);
            module.Delta().allclose(weights.Find(module.Layer)!.Delta(), rtol: 1e-5, atol: 1e-6).ShouldBeTrue();
        }
    }

    [Theory]
    [InlineData("unet.mid_block.attentions.0.transformer_blocks.0.attn2.processor.to_out_lora.{0}.weight", "down", "up")]
    [InlineData("mid_block.attentions.0.transformer_blocks.0.attn2.processor.to_out_lora.{0}.weight", "down", "up")]
    [InlineData("unet.mid_block.attentions.0.transformer_blocks.0.attn2.to_out.0.lora.{0}.weight", "down", "up")]
    [InlineData("unet.mid_block.attentions.0.transformer_blocks.0.attn2.to_out.0.{0}.weight", "lora_A", "lora_B")]
    [InlineData("unet.mid_block.attentions.0.transformer_blocks.0.attn2.to_out.0.{0}.default.weight", "lora_A", "lora_B")]
    [InlineData("base_model.model.mid_block.attentions.0.transformer_blocks.0.attn2.to_out.0.{0}.weight", "lora_A", "lora_B")]
    [InlineData("lora_unet_mid_block_attentions_0_transformer_blocks_0_attn2_to_out_0.{0}.weight", "lora_down", "lora_up")]
    public void Load_EveryGenerationOfNames_FindsTheLayer(string pattern, string down, string up)
    {
        var path = Write(new()
        {
            [string.Format(pattern, down)] = randn(2, 6),
            [string.Format(pattern, up)] = randn(4, 2).to(ScalarType.BFloat16),
        });

        using var read = LoraFile.Load(path);

        var module = read.Modules.ShouldHaveSingleItem();
        module.Layer.ShouldBe(s_out);
        module.Scale.ShouldBe(1.0, "no alpha: alpha is the rank");
    }

    [Theory]
    [InlineData("self_attn.to_out_lora.{0}.weight")]
    [InlineData("self_attn.out_proj.lora_linear_layer.{0}.weight")]
    public void Load_TextEncoderNames_FindTheLayer(string pattern)
    {
        var stem = "text_encoder.text_model.encoder.layers.0." + pattern;
        using var read = LoraFile.Load(Write(new() { [string.Format(stem, "down")] = randn(2, 6), [string.Format(stem, "up")] = randn(6, 2) }));

        read.Modules.ShouldHaveSingleItem().Layer.ShouldBe(s_text);
        read.HasTextEncoder.ShouldBeTrue();
    }

    [Fact]
    public void Load_AlphaZero_IsTheRank()
    {
        using var read = LoraFile.Load(Write(new()
        {
            [s_query.Kohya + ".lora_down.weight"] = randn(2, 6),
            [s_query.Kohya + ".lora_up.weight"] = randn(6, 2),
            [s_query.Kohya + ".alpha"] = tensor(0f),
        }));

        read.Modules.ShouldHaveSingleItem().Scale.ShouldBe(1.0);
    }

    [Fact]
    public void Load_PeftConfigurationBeside_GivesAlpha()
    {
        var path = Write(new() { [s_query.Path + ".lora_A.weight"] = randn(4, 6), [s_query.Path + ".lora_B.weight"] = randn(6, 4), }, "adapter_model.safetensors");
        File.WriteAllText(Path.Combine(_folder, "adapter_config.json"), """{"r": 4, "lora_alpha": 16, "use_rslora": true, "alpha_pattern": {}}""");

        using var read = LoraFile.Load(_folder);

        path.ShouldEndWith("adapter_model.safetensors");
        read.Modules.ShouldHaveSingleItem().Scale.ShouldBe(16 / Math.Sqrt(4), 1e-12);
    }

    [Fact]
    public void Load_PeftMetadataInTheHeader_GivesAlphaByPattern()
    {
        var metadata = new Dictionary<string, string> { ["lora_adapter_metadata"] = """{"unet.r": 4, "unet.lora_alpha": 8, "unet.alpha_pattern": {"attn1.to_q": 2}}""" };
        using var read = LoraFile.Load(Write(
            new()
            {
                [s_query.Diffusers + ".lora_A.weight"] = randn(4, 6),
                [s_query.Diffusers + ".lora_B.weight"] = randn(6, 4),
                [s_out.Diffusers + ".lora_A.weight"] = randn(4, 6),
                [s_out.Diffusers + ".lora_B.weight"] = randn(6, 4),
            },
            metadata: metadata));

        read.Find(s_query)!.Alpha.ShouldBe(2);
        read.Find(s_out)!.Alpha.ShouldBe(8);
    }

    [Theory]
    [InlineData("""{"lora_alpha": 8, "alpha_pattern": {"attn1.to_q": "8"}}""", "attn1.to_q the alpha \"8\"; it must be a number")]
    [InlineData("""{"lora_alpha": 8, "alpha_pattern": {"(.|[a-z])*[AB]": 8}}""", "'(.|[a-z])*[AB]' takes too long")]
    [InlineData("""{"lora_alpha": 8, "use_dora": true}""", "DoRA")]
    [InlineData("[]", "is not the JSON object of a PEFT configuration")]
    public void Load_PeftMetadataThatIsNone_SaysWhatIsWrong(string configuration, string expected)
    {
        var path = Write(
            new() { [s_query.Diffusers + ".lora_A.weight"] = randn(4, 6), [s_query.Diffusers + ".lora_B.weight"] = randn(6, 4) },
            metadata: new() { ["lora_adapter_metadata"] = configuration });

        Should.Throw<LoraException>(() => LoraFile.Load(path)).Message.ShouldContain(expected);
    }

    [Fact]
    public void Load_ForeignTensors_NamesCountAndFirstNames()
    {
        var path = Write(new()
        {
            [s_query.Kohya + ".lora_down.weight"] = randn(2, 6),
            [s_query.Kohya + ".lora_up.weight"] = randn(6, 2),
            ["lora_unet_down_blocks_0_resnets_0_norm1.w_norm"] = randn(6),
            [s_query.Kohya + ".dora_scale"] = randn(6),
        });

        var error = Should.Throw<LoraException>(() => LoraFile.Load(path));

        error.Message.ShouldContain("2 of 4 tensors");
        error.Message.ShouldContain("lora_unet_down_blocks_0_resnets_0_norm1.w_norm");
        error.Message.ShouldContain("dora_scale");
    }

    [Theory]
    [InlineData("lora_te2_text_model_encoder_layers_0_mlp_fc1.lora_down.weight", "for SDXL")]
    [InlineData("text_encoder_2.text_model.encoder.layers.0.mlp.fc1.lora_A.weight", "for SDXL")]
    [InlineData("lora_unet_down_blocks_0_attentions_0_proj_in.dora_scale", "a DoRA")]
    [InlineData("unet.mid_block.attentions.0.proj_in.lora_magnitude_vector", "a DoRA")]
    [InlineData("lora_unet_down_blocks_0_attentions_0_proj_in.hada_w1_a", "a LoHa")]
    [InlineData("lora_unet_down_blocks_0_attentions_0_proj_in.lokr_w2_b", "a LoKr")]
    [InlineData("lora_unet_down_blocks_0_attentions_0_proj_in.diff", "whole weight differences")]
    [InlineData("transformer.transformer_blocks.0.attn.to_q.lora_A.weight", "for a diffusion transformer")]
    [InlineData("model.diffusion_model.input_blocks.0.0.weight", "a whole checkpoint")]
    [InlineData("bundle_emb.car.string_to_param.*", "a LoRA with words")]
    public void Load_OtherKindOfAdapter_SaysWhichItIs(string name, string kind)
    {
        var path = Write(new()
        {
            [s_query.Kohya + ".lora_down.weight"] = randn(2, 6),
            [s_query.Kohya + ".lora_up.weight"] = randn(6, 2),
            [name] = randn(2, 2),
        });

        Should.Throw<LoraException>(() => LoraFile.Load(path)).Message.ShouldContain("It is " + kind);
    }

    [Theory]
    [InlineData("sdxl_base_v1-0", 768, "sdxl_base_v1-0")]
    [InlineData(null, 2048, "SDXL")]
    [InlineData(null, 1024, "Stable Diffusion 2")]
    [InlineData(null, 768, null)]
    [InlineData("sd_v1", 768, null)]
    public void OtherBase_ByMetadataOrByTheWidthOfPrompts(string? stated, long width, string? expected)
    {
        var key = s_query.Kohya.Replace("attn1_to_q", "attn2_to_k", StringComparison.Ordinal);
        using var read = LoraFile.Load(Write(
            new() { [key + ".lora_down.weight"] = randn(2, width), [key + ".lora_up.weight"] = randn(6, 2) },
            metadata: stated is null ? null : new() { ["ss_base_model_version"] = stated }));

        read.OtherBase.ShouldBe(expected);
    }

    [Fact]
    public void Save_ForeignFormatOfDifferingRanks_FillsUpToOneRankANetwork()
    {
        // diffusers takes the first module's rank for everyone's alpha where a file states none.
        using var weights = new LoraWeights(
        [
            new LoraModule(s_query, randn(4, 6), randn(6, 4), 6),
            new LoraModule(s_conv, randn(2, 4, 3, 3), randn(6, 2, 1, 1), 1),
            new LoraModule(s_text, randn(3, 6), randn(6, 3), 3),
        ],
        new Dictionary<string, string>
        {
            ["ss_network_dim"] = "4", ["ss_network_alpha"] = "6", ["ss_network_args"] = """{"conv_dim":"2","conv_alpha":"1"}""",
        });
        foreach (var format in new[] { LoraFormat.Diffusers, LoraFormat.Peft })
        {
            var path = Path.Combine(_folder, $"{format}.safetensors");

            LoraFile.Save(path, weights, new LoraSaveOptions { Format = format, Precision = ScalarType.Float32 });

            using var read = LoraFile.Load(path);
            read.Find(s_query)!.Rank.ShouldBe(4);
            read.Find(s_conv)!.Down.shape.ShouldBe([4, 4, 3, 3]);
            read.Find(s_conv)!.Up.shape.ShouldBe([6, 4, 1, 1]);
            read.Find(s_text)!.Rank.ShouldBe(3, "the text encoder is a network of its own");
            read.Metadata["ss_network_dim"].ShouldBe("Dynamic");
            read.Metadata["ss_network_args"].ShouldBe("""{"conv_dim":"4","conv_alpha":"4"}""", "the header states what the file holds");
            foreach (var module in read.Modules)
            {
                module.Delta().allclose(weights.Find(module.Layer)!.Delta(), rtol: 1e-5, atol: 1e-6).ShouldBeTrue(module.Layer.Kohya);
            }
        }
    }

    [Fact]
    public void Load_UpMissing_NamesTheModule() =>
        Should.Throw<LoraException>(() => LoraFile.Load(Write(new() { [s_query.Kohya + ".lora_down.weight"] = randn(2, 6) })))
            .Message.ShouldContain($"{s_query.Kohya} has no up weight");

    [Fact]
    public void Load_RanksDiffer_NamesTheShapes() =>
        Should.Throw<LoraException>(() => LoraFile.Load(Write(new()
        {
            [s_query.Kohya + ".lora_down.weight"] = randn(2, 6),
            [s_query.Kohya + ".lora_up.weight"] = randn(6, 3),
        }))).Message.ShouldContain("down [2, 6], up [6, 3]");

    [Fact]
    public void Load_SameLayerUnderTwoNames_IsRefused() =>
        Should.Throw<LoraException>(() => LoraFile.Load(Write(new()
        {
            [s_query.Kohya + ".lora_down.weight"] = randn(2, 6),
            [s_query.Kohya + ".lora_up.weight"] = randn(6, 2),
            [s_query.Diffusers + ".lora_A.weight"] = randn(2, 6),
        }))).Message.ShouldContain("name the same weight");

    [Fact]
    public void Save_WeightTooLargeForHalf_IsRefusedAndLeavesNoFile()
    {
        using var weights = new LoraWeights([new LoraModule(s_query, TensorMath.Filled([2, 6], 1e6), randn(6, 2), 2)]);
        var path = Path.Combine(_folder, "big.safetensors");

        Should.Throw<LoraException>(() => LoraFile.Save(path, weights)).Message.ShouldContain("not finite in Float16");

        Directory.EnumerateFiles(_folder).ShouldBeEmpty();
        LoraFile.Save(path, weights, new LoraSaveOptions { Precision = ScalarType.Float32 }).Length.ShouldBe(64);
    }

    private static LoraMetadata Card => new()
    {
        OutputName = "car", BaseModelName = "tiny.safetensors", Width = 512, Height = 512, TrainImages = 3, Rank = 2, Alpha = 3, LearningRate = 2e-4,
        BatchSize = 4, Epoch = 15, Steps = 45, Seed = 7, TagFrequency = new Dictionary<string, int> { ["特斯拉"] = 3 }, Buckets = [(512, 512, 3)],
    };

    private static LoraWeights Weights()
    {
        manual_seed(1);
        return new LoraWeights(
        [
            new LoraModule(s_query, randn(2, 300_000), randn(6, 2), 3),
            new LoraModule(s_out, randn(2, 6), randn(4, 2), 3),
            new LoraModule(s_text, randn(2, 6), randn(6, 2), 3),
            new LoraModule(s_conv, randn(2, 4, 3, 3), randn(6, 2, 1, 1), 3),
        ]);
    }

    private string Write(Dictionary<string, Tensor> tensors, string name = "lora.safetensors", Dictionary<string, string>? metadata = null)
    {
        var path = Path.Combine(_folder, name);
        SafetensorsWriter.Write(path, tensors, metadata);
        return path;
    }

    [Theory]
    [InlineData("lora_down.weight", double.NaN)]
    [InlineData("lora_up.weight", double.PositiveInfinity)]
    [InlineData("lora_up.weight", 1e300)]
    [InlineData("alpha", double.NaN)]
    public void Load_NumbersThatAreNotFinite_NamesFileAndTensor(string role, double odd)
    {
        using var scope = NewDisposeScope();
        var path = Path.Combine(_folder, "odd.safetensors");
        var layer = "lora_unet_down_blocks_0_attentions_0_transformer_blocks_0_attn1_to_q";
        var values = new Dictionary<string, Tensor>(StringComparer.Ordinal)
        {
            ["lora_down.weight"] = ones(2, 6, ScalarType.Float64), ["lora_up.weight"] = ones(6, 2, ScalarType.Float64), ["alpha"] = tensor(2.0),
        };
        values[role].view(-1)[0..1].copy_(TensorMath.Filled([1], odd, ScalarType.Float64));
        SafetensorsWriter.Write(path, values.Select(v => KeyValuePair.Create($"{layer}.{v.Key}", v.Value)), new Dictionary<string, string>());
        Should.Throw<LoraException>(() => LoraFile.Load(path)).Message
            .ShouldStartWith($"{path}: tensor '{layer}.{role}' has 1 of {values[role].numel()} values that are NaN or infinite.");
    }
}
