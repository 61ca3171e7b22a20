using System.IO.Compression;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace LoraFunctions.Jobs.Tests;

/// <summary>Real models with few weights, put together from the golden sets: Stable Diffusion in diffusers layout, and CLIP.</summary>
internal static class TinyModels
{
    private const int Start = 998;
    private const int End = 999;

    private static readonly string[] Words =
    [
        "tesla",
        "model",
        "byd",
        "han",
        "car",
        "photo",
        "side",
        "front",
        "rear",
        "view",
        "daylight",
        "night",
        "city",
        "street",
        "white",
        "black",
        "paint",
        "of",
        "in",
        "the",
        "seen",
        "from",
        "interior",
    ];

    public static string StableDiffusion(string folder)
    {
        Part(folder, "text_encoder", "model", "a_clip_text", "a_clip_text.hf.f32", "config");
        Part(folder, "unet", "diffusion_pytorch_model", "b_unet", "b_unet.diffusers.f32", "config");
        Part(folder, "vae", "diffusion_pytorch_model", "c_vae", "c_vae.diffusers.f32", "config");
        Tokenizer(Path.Combine(folder, "tokenizer"));
        return folder;
    }

    public static string Clip(string folder)
    {
        Directory.CreateDirectory(folder);
        var golden = JsonNode.Parse(File.ReadAllText(Golden("i_clip_zeroshot.json")))!;
        var config = new JsonObject
        {
            ["text_config"] = golden["text_config"]!.DeepClone(),
            ["vision_config"] = golden["vision_config"]!.DeepClone(),
            ["projection_dim"] = golden["projection_dim"]!.DeepClone(),
        };
        File.WriteAllText(Path.Combine(folder, "config.json"), config.ToJsonString());
        Unpack("i_clip_zeroshot.hf.f32", Path.Combine(folder, "model.safetensors"));
        Tokenizer(folder);
        return folder;
    }

    /// <summary>A vocabulary of 1000: every byte, and merges for a few words.</summary>
    private static void Tokenizer(string folder)
    {
        Directory.CreateDirectory(folder);
        var ids = new Dictionary<string, int>(StringComparer.Ordinal);
        foreach (var symbol in TinyTokenizer.Bytes.Concat(TinyTokenizer.Bytes.Select(b => b + "</w>")))
        {
            ids.Add(symbol, ids.Count);
        }

        var merges = new List<string>();
        foreach (var word in Words)
        {
            string[] symbols = [.. word[..^1].Select(c => c.ToString()), word[^1] + "</w>"];
            var merged = symbols[0];
            foreach (var next in symbols.Skip(1))
            {
                if (ids.TryAdd(merged + next, ids.Count))
                {
                    merges.Add($"{merged} {next}");
                }

                merged += next;
            }
        }

        for (var filler = 0; ids.Count < Start; filler++)
        {
            ids.Add($"<filler{filler}>", ids.Count);
        }

        ids.Add("<|startoftext|>", Start);
        ids.Add("<|endoftext|>", End);
        File.WriteAllText(Path.Combine(folder, "vocab.json"), JsonSerializer.Serialize(ids));
        File.WriteAllText(Path.Combine(folder, "merges.txt"), "#version: 0.2\n" + string.Join('\n', merges) + "\n");
    }

    private static void Part(string folder, string part, string file, string golden, string weights, string config)
    {
        Directory.CreateDirectory(Path.Combine(folder, part));
        File.WriteAllText(
            Path.Combine(folder, part, "config.json"),
            JsonNode.Parse(File.ReadAllText(Golden(golden + ".json")))![config]!.ToJsonString());
        Unpack(weights, Path.Combine(folder, part, file + ".safetensors"));
    }

    public static void Unpack(string name, string path)
    {
        using var packed = new GZipStream(File.OpenRead(Golden(name + ".safetensors.gz")), CompressionMode.Decompress);
        using var file = File.Create(path);
        packed.CopyTo(file);
    }

    private static string Golden(string name) => RepositoryFiles.Of("tests", "LoraFunctions.Conformance", "golden", name);
}
