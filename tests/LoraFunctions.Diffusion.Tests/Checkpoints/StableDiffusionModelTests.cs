using System.Security.Cryptography;
using System.Text.Json.Nodes;
using LoraFunctions.Diffusion.Checkpoints;
using LoraFunctions.Diffusion.Models;
using LoraFunctions.Diffusion.Safetensors;
using Shouldly;
using TorchSharp;
using Xunit;
using static TorchSharp.torch;

namespace LoraFunctions.Diffusion.Tests.Checkpoints;

public sealed class StableDiffusionModelTests : IDisposable
{
    private readonly TemporaryFolder folder = new();
    private readonly DisposeScope scope = NewDisposeScope();

    public void Dispose()
    {
        scope.Dispose();
        folder.Dispose();
    }

    [Fact]
    public void Load_BothLayouts_ComputeTheSame()
    {
        using var grad = no_grad();
        var file = folder.Below("v1.safetensors");
        SafetensorsWriter.Write(file, TinyCheckpoint.SingleFileTensors());
        using var single = StableDiffusionModel.Load(file, TinyCheckpoint.SingleFileOptions);
        using var diffusers = StableDiffusionModel.Load(TinyCheckpoint.WriteFolder(folder.Below("tiny")));

        single.Name.ShouldBe("v1");
        diffusers.Name.ShouldBe("tiny");
        single.Sha256.ShouldBe(Convert.ToHexStringLower(SHA256.HashData(File.ReadAllBytes(file))));
        diffusers.Sha256.Length.ShouldBe(64);
        diffusers.Tokenizer.EndId.ShouldBe(513);
        single.Unet.parameters().ShouldAllBe(parameter => parameter.dtype == ScalarType.Float32 && !parameter.requires_grad);

        var (sample, time, context) = (Numbers.Normal(1, 4, 8, 8), tensor(new long[] { 500 }), Numbers.Normal(1, 77, 16));
        Close(single.Unet.forward(sample, time, context), diffusers.Unet.forward(sample, time, context));
        Close(single.Vae.Decode(sample), diffusers.Vae.Decode(sample));
        var ids = randint(0, 500, [1, 77], dtype: int64);
        Close(single.TextEncoder.Encode(ids, 1), diffusers.TextEncoder.Encode(ids, 1));

        // fp16 weights against fp32 ones.
        static void Close(Tensor left, Tensor right) => ((left - right).norm() / right.norm()).item<float>().ShouldBeLessThan(0.01f);
    }

    [Fact]
    public void Load_SingleFileWithTheUsualExtras_IgnoresThem()
    {
        var tensors = TinyCheckpoint.SingleFileTensors();
        tensors["model_ema.diffusion_modelinput_blocks00weight"] = zeros(3);
        tensors["model_ema.num_updates"] = tensor(1);
        tensors["betas"] = zeros(1000);
        tensors["sqrt_recipm1_alphas_cumprod"] = zeros(1000);
        tensors[LdmNames.TextPrefix + "text_model.embeddings.position_ids"] = TensorMath.Counted(77).to(ScalarType.Int64).unsqueeze(0);
        SafetensorsWriter.Write(folder.Below("v1.safetensors"), tensors);
        using var model = StableDiffusionModel.Load(folder.Below("v1.safetensors"), TinyCheckpoint.SingleFileOptions);
        model.TextEncoder.Config.ShouldBe(TinyCheckpoint.Text);
    }

    [Fact]
    public void Load_MissingLeftOverAndMisshaped_AreAllListedInOneError()
    {
        var tensors = TinyCheckpoint.SingleFileTensors();
        tensors.Remove("model.diffusion_model.out.2.bias");
        tensors.Remove("first_stage_model.quant_conv.weight");
        tensors["model.diffusion_model.stranger.weight"] = zeros(1);
        tensors["cond_stage_model.transformer.text_model.final_layer_norm.bias"] = zeros(17);
        SafetensorsWriter.Write(folder.Below("v1.safetensors"), tensors);

        var message = Should.Throw<CheckpointException>(
            () => StableDiffusionModel.Load(folder.Below("v1.safetensors"), TinyCheckpoint.SingleFileOptions)).Message;

        message.ShouldStartWith($"{folder.Below("v1.safetensors")}: does not fit its networks: 2 tensors missing, 1 left over, 1 misshaped.\n");
        message.ShouldContain("missing: model.diffusion_model.out.2.bias [4]");
        message.ShouldContain("missing: first_stage_model.quant_conv.weight [8, 8, 1, 1]");
        message.ShouldContain("left over: model.diffusion_model.stranger.weight");
        message.ShouldContain("misshaped: cond_stage_model.transformer.text_model.final_layer_norm.bias is [17], expected [16]");

        tensors = TinyCheckpoint.SingleFileTensors();
        tensors["model.diffusion_model.stranger.weight"] = zeros(1);
        SafetensorsWriter.Write(folder.Below("v1.safetensors"), tensors);
        using var lenient = StableDiffusionModel.Load(
            folder.Below("v1.safetensors"), TinyCheckpoint.SingleFileOptions with { IgnoreLeftOver = true });
        lenient.Name.ShouldBe("v1");
    }

    [Theory]
    [InlineData("conditioner.embedders.0.transformer.text_model.x", "Stable Diffusion XL")]
    [InlineData("cond_stage_model.model.transformer.resblocks.0.attn.in_proj_bias", "Stable Diffusion 2")]
    [InlineData("model.diffusion_model.joint_blocks.0.x", "Stable Diffusion 3")]
    [InlineData("double_blocks.0.img_attn.qkv.weight", "Flux")]
    [InlineData("lora_unet_mid_block_attentions_0_proj_in.lora_down.weight", "a LoRA, not a base model")]
    [InlineData("unet.mid_block.attentions.0.proj_in.lora.down.weight", "a LoRA, not a base model")]
    [InlineData("down_blocks.0.resnets.0.conv1.weight", "one part of a diffusers folder")]
    [InlineData("text_model.embeddings.token_embedding.weight", "one part of a model (CLIP)")]
    [InlineData("something.else", "no Stable Diffusion checkpoint")]
    public void Load_AnotherArchitecturesFile_SaysInOneLineWhatItIs(string name, string what)
    {
        SafetensorsWriter.Write(folder.Below("other.safetensors"), [KeyValuePair.Create(name, zeros(1))]);
        var message = Should.Throw<CheckpointException>(() => StableDiffusionModel.Load(folder.Below("other.safetensors"))).Message;
        message.ShouldStartWith(folder.Below("other.safetensors"));
        message.ShouldContain(what);
        message.ShouldContain("Stable Diffusion 1.x");
        message.ShouldNotContain('\n');
    }

    [Theory]
    [InlineData("unet", "cross_attention_dim", "1024", "Stable Diffusion 2")]
    [InlineData("unet", "addition_embed_type", "\"text_time\"", "Stable Diffusion XL")]
    [InlineData("unet", "in_channels", "9", "an inpainting model")]
    [InlineData("unet", "class_embed_type", "\"timestep\"", "class_embed_type is \"timestep\"")]
    [InlineData("unet", "block_out_channels", "[30, 60]", "norm_num_groups 32 does not divide")]
    [InlineData("unet", "block_out_channels", "\"wide\"", "list of 1 to 16 whole numbers")]
    [InlineData("unet", "attention_head_dim", "0", "whole number from 1")]
    [InlineData("unet", "layers_per_block", "9999999", "from 1 to 256")]
    [InlineData("unet", "attention_head_dim", "[8, 8, 8]", "one number, or 2 of them")]
    [InlineData("text_encoder", "hidden_size", "32", "do not fit together")]
    [InlineData("text_encoder", "num_attention_heads", "5", "does not divide")]
    [InlineData("text_encoder", "hidden_act", "\"relu\"", "\"gelu\" or \"quick_gelu\"")]
    [InlineData("vae", "latent_channels", "16", "do not fit together")]
    [InlineData("vae", "scaling_factor", "-1", "a number above 0")]
    public void Load_FolderWithAnotherConfig_SaysInOneLineWhatIsWrong(string part, string key, string value, string what)
    {
        var model = TinyCheckpoint.WriteFolder(folder.Below("tiny"));
        Change(Path.Combine(model, part, "config.json"), key, value);
        var message = Should.Throw<CheckpointException>(() => StableDiffusionModel.Load(model)).Message;
        message.ShouldContain(what);
        message.ShouldContain(model);
        message.ShouldNotContain('\n');
    }

    [Fact]
    public void Load_FolderWithSeveralWrongValues_NamesThemAll()
    {
        var model = TinyCheckpoint.WriteFolder(folder.Below("tiny"));
        var config = Path.Combine(model, "unet", "config.json");
        Change(config, "norm_eps", "-1");
        Change(config, "layers_per_block", "\"two\"");
        Change(config, "only_cross_attention", "true");
        var message = Should.Throw<CheckpointException>(() => StableDiffusionModel.Load(model)).Message;
        message.ShouldContain("norm_eps is -1");
        message.ShouldContain("layers_per_block is \"two\"");
        message.ShouldContain("only_cross_attention is true");
    }

    [Fact]
    public void Load_PredictionTypeOfTheScheduler_IsTakenOverUnlessOverruled()
    {
        var model = TinyCheckpoint.WriteFolder(folder.Below("tiny"));
        Directory.CreateDirectory(Path.Combine(model, "scheduler"));
        var file = Path.Combine(model, "scheduler", "scheduler_config.json");
        File.WriteAllText(file, """{"prediction_type":"v_prediction"}""");
        using (var loaded = StableDiffusionModel.Load(model))
        {
            loaded.Prediction.ShouldBe(PredictionType.VPrediction);
        }

        using (var overruled = StableDiffusionModel.Load(model, new StableDiffusionLoadOptions { Prediction = PredictionType.Epsilon }))
        {
            overruled.Prediction.ShouldBe(PredictionType.Epsilon);
        }

        File.WriteAllText(file, """{"prediction_type":"sample"}""");
        Should.Throw<CheckpointException>(() => StableDiffusionModel.Load(model)).Message.ShouldContain("'sample'");
    }

    [Fact]
    public void Load_WhatIsNotThere_SaysWhereItLooked()
    {
        Message(folder.Below("none.safetensors")).ShouldStartWith($"There is no base model at {folder.Below("none.safetensors")}");
        Message(folder.Path).ShouldContain("unet");
        File.WriteAllBytes(folder.Below("old.ckpt"), [0x80, 2, .. new byte[30]]);
        Message(folder.Below("old.ckpt")).ShouldContain("PyTorch pickle");

        var model = TinyCheckpoint.WriteFolder(folder.Below("tiny"));
        File.Delete(Path.Combine(model, "tokenizer", "merges.txt"));
        Message(model).ShouldContain("merges.txt");
        File.Delete(Path.Combine(model, "tokenizer", "vocab.json"));
        Message(model).ShouldContain($"looked for vocab.json and merges.txt in {Path.Combine(model, "tokenizer")}. Put CLIP's there");
        using (var without = StableDiffusionModel.Load(model, new StableDiffusionLoadOptions { RequireTokenizer = false }))
        {
            Should.Throw<CheckpointException>(() => without.Tokenizer).Message.ShouldContain("vocabulary is missing");
        }

        File.Delete(Path.Combine(model, "vae", "diffusion_pytorch_model.safetensors"));
        Should.Throw<CheckpointException>(
            () => StableDiffusionModel.Load(model, new StableDiffusionLoadOptions { RequireTokenizer = false })).Message
            .ShouldContain("diffusion_pytorch_model.safetensors");

        static string Message(string path) => Should.Throw<CheckpointException>(() => StableDiffusionModel.Load(path)).Message;
    }

    [Fact]
    public void Load_SingleFileWithoutGuessableHeads_AsksForThem()
    {
        SafetensorsWriter.Write(folder.Below("v1.safetensors"), TinyCheckpoint.SingleFileTensors());
        Should.Throw<CheckpointException>(
            () => StableDiffusionModel.Load(folder.Below("v1.safetensors"), new StableDiffusionLoadOptions { RequireTokenizer = false })).Message
            .ShouldContain("16 wide");
        Should.Throw<CheckpointException>(
            () => StableDiffusionModel.Load(folder.Below("v1.safetensors"), TinyCheckpoint.SingleFileOptions with { UnetHeads = 7 })).Message
            .ShouldContain("7 attention heads do not divide");
    }

    [Fact]
    public void Load_ShardedPart_IsReadThroughItsIndex()
    {
        var model = TinyCheckpoint.WriteFolder(folder.Below("tiny"));
        var unet = Path.Combine(model, "unet");
        var whole = Path.Combine(unet, "diffusion_pytorch_model.safetensors");
        using (var file = SafetensorsFile.Open(whole))
        {
            var map = new JsonObject();
            foreach (var (shard, entries) in file.Entries.Chunk((file.Entries.Count / 2) + 1).Index())
            {
                var name = $"diffusion_pytorch_model-{shard + 1:00000}-of-00002.safetensors";
                SafetensorsWriter.Write(
                    Path.Combine(unet, name), entries.Select(entry => KeyValuePair.Create(entry.Name, file.ReadTensor(entry.Name))));
                foreach (var entry in entries)
                {
                    map[entry.Name] = name;
                }
            }

            File.WriteAllText(whole + ".index.json", new JsonObject { ["weight_map"] = map }.ToJsonString());
        }

        File.Delete(whole);
        using var loaded = StableDiffusionModel.Load(model);
        loaded.Unet.parameters().ShouldNotBeEmpty();

        File.WriteAllText(whole + ".index.json", """{"weight_map":{"a":"../../etc/passwd"}}""");
        Should.Throw<CheckpointException>(() => StableDiffusionModel.Load(model)).Message.ShouldContain("no file name beside it");
    }

    [Fact]
    public void Dispose_AndRelease_FreeEveryTensor()
    {
        var model = TinyCheckpoint.WriteFolder(folder.Below("tiny"));
        var before = DisposeScopeManager.Statistics.TensorStatistics.ThreadTotalLiveCount;
        using (var loaded = StableDiffusionModel.Load(model))
        {
            DisposeScopeManager.Statistics.TensorStatistics.ThreadTotalLiveCount.ShouldBeGreaterThan(before);
            loaded.ReleaseVae();
            loaded.ReleaseTextEncoder();
            Should.Throw<InvalidOperationException>(() => loaded.Vae).Message.ShouldContain("released");
            Should.Throw<InvalidOperationException>(() => loaded.TextEncoder).Message.ShouldContain("released");
        }

        DisposeScopeManager.Statistics.TensorStatistics.ThreadTotalLiveCount.ShouldBe(before);

        using (var loaded = StableDiffusionModel.Load(model))
        {
            var (text, vae) = (Weights(loaded.TextEncoder), Weights(loaded.Vae));
            loaded.ReleaseVae();
            loaded.Restore();
            loaded.ReleaseTextEncoder();
            loaded.Restore();
            Weights(loaded.TextEncoder).ShouldBe(text);
            Weights(loaded.Vae).ShouldBe(vae);
        }

        DisposeScopeManager.Statistics.TensorStatistics.ThreadTotalLiveCount.ShouldBe(before);

        // A load that fails in the middle of the weights.
        File.WriteAllBytes(Path.Combine(model, "vae", "diffusion_pytorch_model.safetensors"), [1, 2, 3]);
        Should.Throw<CheckpointException>(() => StableDiffusionModel.Load(model));
        DisposeScopeManager.Statistics.TensorStatistics.ThreadTotalLiveCount.ShouldBe(before);
    }

    private static float[] Weights(torch.nn.Module module) => [.. module.parameters().SelectMany(p => p.data<float>().ToArray())];

    private static void Change(string file, string key, string value)
    {
        var json = JsonNode.Parse(File.ReadAllText(file))!.AsObject();
        json[key] = JsonNode.Parse(value);
        File.WriteAllText(file, json.ToJsonString());
    }
}
