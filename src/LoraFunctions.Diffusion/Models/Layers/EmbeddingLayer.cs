using TorchSharp.Modules;
using static TorchSharp.torch;

namespace LoraFunctions.Diffusion.Models.Layers;

/// <summary>Rows of a table by their index; [...] int64 to [..., width].</summary>
internal sealed class EmbeddingLayer : nn.Module<Tensor, Tensor>
{
    private readonly Parameter weight;

    public EmbeddingLayer(ParameterScope parameters, long rows, long width)
        : base(nameof(EmbeddingLayer))
    {
        weight = parameters.Create("weight", ParameterKind.Embedding, rows, width);
        RegisterComponents();
    }

    public Parameter Table => weight;

    public override Tensor forward(Tensor input)
    {
        using var flat = input.reshape(-1);
        using var rows = weight.index_select(0, flat);
        return rows.view([.. input.shape, weight.shape[1]]);
    }
}
