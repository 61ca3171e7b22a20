using TorchSharp;
using static TorchSharp.torch;

namespace LoraFunctions.Diffusion.Models.Layers;

/// <summary>Halves height and width with a 3x3 convolution of stride 2.</summary>
internal sealed class Downsample2D : nn.Module<Tensor, Tensor>
{
    private readonly ConvLayer conv;

    /// <param name="padding">1: on all sides (UNet); 0: one pixel right and below (VAE).</param>
    public Downsample2D(ParameterScope parameters, long channels, long padding)
        : base(nameof(Downsample2D))
    {
        conv = new ConvLayer(parameters["conv"], channels, channels, kernel: 3, stride: 2, padding: padding);
        RegisterComponents();
    }

    public override Tensor forward(Tensor image)
    {
        if (conv.Padding > 0)
        {
            return conv.forward(image);
        }

        using var padded = nn.functional.pad(image, (0, 1, 0, 1));
        return conv.forward(padded);
    }
}

/// <summary>Nearest-neighbour upsampling followed by a 3x3 convolution.</summary>
internal sealed class Upsample2D : nn.Module<Tensor, Tensor>
{
    private readonly ConvLayer conv;

    public Upsample2D(ParameterScope parameters, long channels)
        : base(nameof(Upsample2D))
    {
        conv = new ConvLayer(parameters["conv"], channels, channels, kernel: 3, padding: 1);
        RegisterComponents();
    }

    /// <summary>To twice the size.</summary>
    public override Tensor forward(Tensor image) => Forward(image, image.shape[2] * 2, image.shape[3] * 2);

    /// <summary>To the size of the skip connection that follows, which is not twice the size where halving has rounded up.</summary>
    public Tensor Forward(Tensor image, long height, long width)
    {
        using var large = nn.functional.interpolate(image, size: [height, width], mode: InterpolationMode.Nearest);
        return conv.forward(large);
    }
}
