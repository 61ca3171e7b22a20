using LoraFunctions.Diffusion;
using LoraFunctions.Diffusion.Models;
using LoraFunctions.Diffusion.Tokenization;
using LoraFunctions.Showroom.SmallModels;
using TorchSharp;
using static TorchSharp.torch;

namespace LoraFunctions.Showroom.Pretraining;

/// <summary>The diffusers folder that the stages fill part by part.</summary>
internal static class BaseModelFolder
{
    private const double Scaling = 0.18215;
    private const double Variance = -14;
    private const string Stem = "diffusion_pytorch_model";

    /// <summary>What is not learnt: tokenizer, text encoder, scheduler, index.</summary>
    public static void WriteFrame(string folder)
    {
        string tokenizer = Path.Combine(folder, "tokenizer");
        SmallVocabulary.Shared.WriteTo(tokenizer);
        ModelFiles.WriteScheduler(folder);
        using ClipTextModel text = WordLookup.Build(ClipTokenizer.Load(tokenizer));
        ModelFiles.WritePart(folder, "text_encoder", "model", ModelFiles.Text(text.Config, SmallVocabulary.Shared), text);
        ModelFiles.WriteIndex(folder);
    }

    /// <summary>Standardising every latent channel is folded into the two 1x1 convolutions around the latents.</summary>
    public static void WriteVae(string folder, AutoencoderKL vae, (float[] Mean, float[] Deviation) latents)
    {
        using DisposeScope scope = NewDisposeScope();
        using var grad = no_grad();
        Dictionary<string, Tensor> parameters = vae.named_parameters().ToDictionary(
            item => item.name, item => ((Tensor)item.parameter).detach().to(ScalarType.Float32, copy: true));
        Tensor mean = tensor(latents.Mean);
        Tensor deviation = tensor(latents.Deviation);
        Tensor gain = deviation.Times(Scaling).reciprocal();
        Tensor into = parameters["post_quant_conv.weight"];
        parameters["post_quant_conv.bias"].PlusInPlace(into.reshape(4, 4).mv(mean));
        into.mul_(deviation.view(1, 4, 1, 1).Times(Scaling));
        parameters["quant_conv.weight"].narrow(0, 0, 4).mul_(gain.view(4, 1, 1, 1));
        parameters["quant_conv.bias"].narrow(0, 0, 4).sub_(mean).mul_(gain);
        parameters["quant_conv.weight"].narrow(0, 4, 4).zero_();
        parameters["quant_conv.bias"].narrow(0, 4, 4).zero_().PlusInPlace(Variance);
        ModelFiles.WriteConfig(folder, "vae/config.json", ModelFiles.Vae(vae.Config, 192));
        ModelFiles.WriteWeights(Path.Combine(folder, "vae", $"{Stem}.safetensors"), parameters.Select(item => (item.Key, item.Value)), ScalarType.Float16);
    }

    public static void WriteUnet(string folder, UNet2DConditionModel unet) =>
        ModelFiles.WritePart(folder, "unet", Stem, ModelFiles.Unet(unet.Config, 48), unet);

    /// <summary>Everything of another base model but its UNet.</summary>
    public static void CopyFrame(string from, string folder)
    {
        foreach (string file in Directory.EnumerateFiles(from, "*", SearchOption.AllDirectories))
        {
            string name = Path.GetRelativePath(from, file);
            if (!name.StartsWith("unet", StringComparison.Ordinal) && !name.EndsWith(".md", StringComparison.Ordinal))
            {
                string to = Path.Combine(folder, name);
                Directory.CreateDirectory(Path.GetDirectoryName(to)!);
                File.Copy(file, to, overwrite: true);
            }
        }
    }
}
