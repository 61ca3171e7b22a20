using TorchSharp.Modules;
using static TorchSharp.torch;

namespace LoraFunctions.Diffusion.Models.Layers;

/// <summary>
/// A square convolution over [B, C, H, W] in channels-last memory, plus its adapter's delta. 1x1 kernels are computed as the matrix
/// product they are: in channels-last memory the pixels already are its rows.
/// </summary>
internal sealed class ConvLayer : nn.Module<Tensor, Tensor>, IAdaptableLayer
{
    private readonly Parameter weight;
    private readonly Parameter? bias;
    private readonly long[] strides;
    private readonly long[] paddings;
    private readonly bool isProduct;

    public ConvLayer(
        ParameterScope parameters, long inputs, long outputs, long kernel, long stride = 1, long padding = 0, bool hasBias = true)
        : base(nameof(ConvLayer))
    {
        weight = parameters.Create("weight", ParameterKind.ConvolutionWeight, outputs, inputs, kernel, kernel);
        bias = hasBias ? parameters.Create("bias", ParameterKind.Bias, outputs) : null;
        strides = [stride, stride];
        paddings = [padding, padding];
        isProduct = kernel == 1 && stride == 1 && padding == 0;
        RegisterComponents();
    }

    public Tensor Weight => weight;

    public long Stride => strides[0];

    public long Padding => paddings[0];

    public ILayerAdapter? Adapter { get; set; }

    public override Tensor forward(Tensor input)
    {
        var output = isProduct ? Product(input) : nn.functional.conv2d(input, weight, bias, strides, paddings);
        return Adapter is null ? output : Adapter.Apply(input, output);
    }

    private Tensor Product(Tensor input)
    {
        using var rows = input.permute(0, 2, 3, 1);
        using var matrix = weight.view(weight.shape[0], weight.shape[1]);
        using var output = nn.functional.linear(rows, matrix, bias);
        return output.permute(0, 3, 1, 2);
    }
}
