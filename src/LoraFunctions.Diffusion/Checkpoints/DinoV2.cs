using LoraFunctions.Diffusion.Models;
using static TorchSharp.torch;

namespace LoraFunctions.Diffusion.Checkpoints;

/// <summary>DINOv2 in HF layout, ready to compute: pictures into a space where near means alike, without words.</summary>
public sealed class DinoV2 : IDisposable
{
    /// <summary>Used by its training alone.</summary>
    private const string MaskToken = "embeddings.mask_token";

    private readonly DinoV2Model network;

    private DinoV2(DinoV2Model network, ImageProcessor imageProcessor) => (this.network, ImageProcessor) = (network, imageProcessor);

    /// <summary>Makes <see cref="EncodeImages"/>' input from pictures.</summary>
    public ImageProcessor ImageProcessor { get; }

    /// <param name="folder">config.json and model.safetensors; preprocessor_config.json where present.</param>
    /// <param name="device">Null: CPU. Computed in fp32 on either.</param>
    /// <exception cref="CheckpointException">Missing, damaged, no DINOv2, or with missing, left-over or misshaped tensors, all of them
    /// listed.</exception>
    public static DinoV2 Load(string folder, Device? device = null)
    {
        if (!Directory.Exists(folder))
        {
            throw new CheckpointException($"There is no DINOv2 model at {Path.GetFullPath(folder)}. Give a folder with config.json and model.safetensors.");
        }

        var file = Path.Combine(folder, "config.json");
        var config = DinoV2Config.Parse(JsonFile.Read(file), file);
        using var files = TensorFiles.OpenPart(folder, "model");
        var faults = new CheckpointFaults();
        var part = new NetworkPart<DinoV2Model>(files, source => new DinoV2Model(config, source), name => [name]);
        var loader = new NetworkLoader(files, faults);
        part.Check(loader);
        loader.CheckLeftOver(name => name == MaskToken);
        faults.ThrowIfAny(folder);
        using var scope = NewDisposeScope();
        using var grad = no_grad();
        return new DinoV2(part.Load(ScalarType.Float32, device ?? CPU), ImageProcessor.Load(folder, ImageProcessor.DinoV2));
    }

    /// <param name="pixelValues">[B, 3, H, W], e.g. of <see cref="ImageProcessor"/>.</param>
    /// <returns>[B, width], each of length one: the class token.</returns>
    public Tensor EncodeImages(Tensor pixelValues)
    {
        using var scope = NewDisposeScope();
        var features = network.forward(pixelValues).select(1, 0);
        return (features / features.norm(1, keepdim: true, p: 2)).MoveToOuterDisposeScope();
    }

    public void Dispose() => network.Dispose();
}
