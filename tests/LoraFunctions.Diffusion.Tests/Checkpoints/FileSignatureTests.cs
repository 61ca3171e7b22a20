using System.Text;
using LoraFunctions.Diffusion.Checkpoints;
using LoraFunctions.Diffusion.Lora;
using Shouldly;
using Xunit;

namespace LoraFunctions.Diffusion.Tests.Checkpoints;

/// <summary>Files that are something else are called what they are, wherever weights or configurations are read.</summary>
public sealed class FileSignatureTests : IDisposable
{
    private const string Pointer = "version https://git-lfs.github.com/spec/v1\noid sha256:4d7a214614ab2935c943f9e0ff69d22eadbb8f32b1258daaa5e2ca24d17e2393\nsize 4265380512\n";

    private readonly TemporaryFolder folder = new();

    public static TheoryData<string, byte[], string> Kinds => new()
    {
        { "LFS pointer", Encoding.ASCII.GetBytes(Pointer), "Git LFS pointer, a note of 135 bytes that stands for the real file of 4265380512 bytes" },
        { "pickle", [0x80, 2, 0x8a, 0x0a, 0x6c, 0xfc, 0x9c, 0x46, 0xf9, 0x20, 0x6a, 0xa8, 0x50, 0x19, 0x2e], "PyTorch pickle" },
        { "torch zip", [.. "PK\u0003\u0004\0\0\b\b\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\u0010\0\u0012\0"u8, .. "archive/data.pklFB"u8], "PyTorch pickle" },
        { "zip", [.. "PK\u0003\u0004\0\0\b\b\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\u000a\0\0\0"u8, .. "readme.txt"u8], "ZIP archive" },
        { "page", "\n<!DOCTYPE html>\n<html><head><title>Log in</title>"u8.ToArray(), "a web page" },
        { "XML", "\ufeff<?xml version=\"1.0\"?><Error><Code>NoSuchKey</Code></Error>"u8.ToArray(), "XML" },
        { "GGUF", [.. "GGUF"u8, 3, 0, 0, 0, 0x23, 1, 0, 0], "GGUF" },
        { "HDF5", [0x89, .. "HDF\r\n\u001a\n"u8, 0, 0], "HDF5" },
        { "gzip", [0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 3], "gzip" },
        { "picture", [0x89, .. "PNG\r\n\u001a\n"u8, 0, 0], "a picture (PNG)" },
        { "zeros", new byte[4096], "nothing but zeros" },
        { "empty", [], "empty" },
    };

    public void Dispose() => folder.Dispose();

    [Theory]
    [MemberData(nameof(Kinds))]
    public void Load_SomethingElse_SaysWhatItIs(string name, byte[] content, string said)
    {
        var path = folder.Below($"{name}.safetensors");
        File.WriteAllBytes(path, content);
        foreach (var load in new Action[] { () => LoraFile.Load(path), () => StableDiffusionModel.Load(path), () => StableDiffusionModel.Check(path) })
        {
            var message = Should.Throw<CheckpointException>(load).Message;
            message.ShouldStartWith($"{path}: is no safetensors file but ");
            message.ShouldContain(said);
        }
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public void Load_FolderWithSomethingElseInIt_NamesTheFile(string name, byte[] content, string said)
    {
        var model = TinyCheckpoint.WriteFolder(folder.Below(name));
        foreach (var file in new[]
        {
            "unet/config.json", "vae/config.json", "text_encoder/config.json", "tokenizer/vocab.json", "tokenizer/merges.txt",
            "unet/diffusion_pytorch_model.safetensors", "vae/diffusion_pytorch_model.safetensors", "text_encoder/model.safetensors",
        })
        {
            var path = Path.Combine(model, file);
            var before = File.ReadAllBytes(path);
            File.WriteAllBytes(path, content);
            var message = Should.Throw<CheckpointException>(() => StableDiffusionModel.Check(model)).Message;
            message.ShouldStartWith(path + ": ");
            message.ShouldContain(said);
            File.WriteAllBytes(path, before);
        }

        StableDiffusionModel.Check(model);
    }

    [Fact]
    public void Load_TextOrJsonAsWeights_SaysSo()
    {
        var path = folder.Below("a.safetensors");
        File.WriteAllText(path, """{"error":"Repository not found"}""");
        Should.Throw<CheckpointException>(() => LoraFile.Load(path)).Message.ShouldContain("a JSON text");
        File.WriteAllText(path, "Entry not found");
        Should.Throw<CheckpointException>(() => LoraFile.Load(path)).Message.ShouldContain("but a text");
    }

    [Fact]
    public void Check_WeightsAsConfiguration_SaysSo_AndAMarkOfUtf8IsRead()
    {
        var model = TinyCheckpoint.WriteFolder(folder.Below("model"));
        var config = Path.Combine(model, "unet", "config.json");
        var text = File.ReadAllText(config);
        File.WriteAllText(config, text, new UTF8Encoding(encoderShouldEmitUTF8Identifier: true));
        StableDiffusionModel.Check(model);
        File.Copy(Path.Combine(model, "vae", "diffusion_pytorch_model.safetensors"), config, overwrite: true);
        Should.Throw<CheckpointException>(() => StableDiffusionModel.Check(model)).Message.ShouldContain("a safetensors file");
        File.WriteAllText(config, text, Encoding.Unicode);
        Should.Throw<CheckpointException>(() => StableDiffusionModel.Check(model)).Message.ShouldContain("UTF-16");
    }
}
