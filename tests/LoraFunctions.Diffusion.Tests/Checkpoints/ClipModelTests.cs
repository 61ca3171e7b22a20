using System.Text.Json.Nodes;
using LoraFunctions.Diffusion.Checkpoints;
using LoraFunctions.Diffusion.Models;
using LoraFunctions.Diffusion.Safetensors;
using Shouldly;
using TorchSharp;
using Xunit;
using static TorchSharp.torch;

namespace LoraFunctions.Diffusion.Tests.Checkpoints;

public sealed class ClipModelTests : IDisposable
{
    private readonly TemporaryFolder folder = new();
    private readonly DisposeScope scope = NewDisposeScope();

    public void Dispose()
    {
        scope.Dispose();
        folder.Dispose();
    }

    [Fact]
    public void Encode_PicturesAndTexts_GiveVectorsOfLengthOne()
    {
        using var grad = no_grad();
        Write();
        using var model = ClipModel.Load(folder.Path);
        var picture = model.ImageProcessor.Preprocess(Enumerable.Range(0, 100 * 60 * 3).Select(i => (byte)i).ToArray(), 100, 60);
        picture.shape.ShouldBe([1, 3, 64, 64]);
        var images = model.EncodeImages(cat([picture, picture.Times(0.5)], 0));
        var texts = model.EncodeTexts(tensor(model.Tokenizer.EncodeRow("a car")).unsqueeze(0));
        images.shape.ShouldBe([2, model.ProjectionDim]);
        images.norm(1).Minus(1).abs().max().item<float>().ShouldBeLessThan(1e-5f);
        texts.norm(1).Minus(1).abs().max().item<float>().ShouldBeLessThan(1e-5f);
        model.LogitScale.ShouldBe(Math.Exp(2), 1e-4);
    }

    [Fact]
    public void Load_WhatIsNotThereOrNotClip_SaysSo()
    {
        Should.Throw<CheckpointException>(() => ClipModel.Load(folder.Below("none"))).Message.ShouldContain(folder.Below("none"));
        Write();
        var config = folder.Below("config.json");
        var good = File.ReadAllText(config);
        File.WriteAllText(config, "{}");
        Should.Throw<CheckpointException>(() => ClipModel.Load(folder.Path)).Message.ShouldContain("no text_config and vision_config");
        var json = JsonNode.Parse(good)!;
        json["vision_config"]!["num_attention_heads"] = 3;
        File.WriteAllText(config, json.ToJsonString());
        Should.Throw<CheckpointException>(() => ClipModel.Load(folder.Path)).Message.ShouldContain("num_attention_heads 3 does not divide");
        json = JsonNode.Parse(good)!;
        json["text_config"]!["num_hidden_layers"] = 3;
        File.WriteAllText(config, json.ToJsonString());
        Should.Throw<CheckpointException>(() => ClipModel.Load(folder.Path)).Message.ShouldContain("16 tensors missing");
        File.WriteAllText(config, good);
        File.Delete(folder.Below("vocab.json"));
        Should.Throw<CheckpointException>(() => ClipModel.Load(folder.Path)).Message.ShouldContain("vocabulary is missing");
    }

    [Theory]
    [InlineData(100, 60)]
    [InlineData(60, 100)]
    [InlineData(64, 64)]
    [InlineData(1, 1)]
    [InlineData(999, 3)]
    public void Preprocess_AnyProportion_FillsTheSquare(int width, int height)
    {
        var grey = Enumerable.Repeat((byte)128, width * height * 3).ToArray();
        var pixels = new ImageProcessor(64).Preprocess(grey, width, height);
        pixels.shape.ShouldBe([1, 3, 64, 64]);
        var red = pixels.select(1, 0);
        red.min().item<float>().ShouldBe(((128 / 255f) - 0.48145466f) / 0.26862954f, 1e-5f);
        red.max().item<float>().ShouldBe(red.min().item<float>());
        Should.Throw<ArgumentException>(() => new ImageProcessor(64).Preprocess(grey, width + 1, height))
            .Message.ShouldContain("RGB pixels");
    }

    private void Write()
    {
        TinyTokenizer.Write(folder.Path);
        File.WriteAllText(folder.Below("config.json"), """
            {"projection_dim": 12,
                "text_config": {"vocab_size": 520, "hidden_size": 16, "intermediate_size": 32, "num_hidden_layers": 2,
                    "num_attention_heads": 2},
             "vision_config": {"hidden_size": 16, "intermediate_size": 32, "num_hidden_layers": 2, "num_attention_heads": 2,
                 "image_size": 64, "patch_size": 16}}
            """);
        using var text = new ClipTextModel(TinyCheckpoint.Text, ParameterSource.Random(1));
        using var vision = new ClipVisionModel(
            new ClipVisionConfig { HiddenSize = 16, IntermediateSize = 32, NumHiddenLayers = 2, NumAttentionHeads = 2, ImageSize = 64,
                PatchSize = 16 }, ParameterSource.Random(2));
        var tensors = text.named_parameters().Concat(vision.named_parameters())
            .Select(item => KeyValuePair.Create(item.name, (Tensor)item.parameter))
            .Append(KeyValuePair.Create("text_projection.weight", Numbers.Normal(12, 16)))
            .Append(KeyValuePair.Create("visual_projection.weight", Numbers.Normal(12, 16)))
            .Append(KeyValuePair.Create("logit_scale", tensor(2f)))
            .Append(KeyValuePair.Create("vision_model.embeddings.position_ids", TensorMath.Counted(17).to(ScalarType.Int64).unsqueeze(0)));
        SafetensorsWriter.Write(folder.Below("model.safetensors"), tensors);
    }
}
