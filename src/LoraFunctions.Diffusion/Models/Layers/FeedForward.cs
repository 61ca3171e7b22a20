using static TorchSharp.torch;

namespace LoraFunctions.Diffusion.Models.Layers;

/// <summary>GEGLU: the first half of the projection is the value, the second the gate; exact (erf) GELU.</summary>
internal sealed class FeedForward : nn.Module<Tensor, Tensor>
{
    // A tuple, because fields that are modules are registered under the fields' names.
    private readonly (LinearLayer Projection, LinearLayer Output) layers;

    public FeedForward(ParameterScope parameters, long width)
        : base(nameof(FeedForward))
    {
        layers = (
            new LinearLayer(parameters["net"][0]["proj"], width, width * 4 * 2), new LinearLayer(parameters["net"][2], width * 4, width));

        // Named as in the checkpoint, where number 1 of the list is a dropout.
        register_module("net", new Container(("0", new Container(("proj", layers.Projection))), ("2", layers.Output)));
    }

    public override Tensor forward(Tensor tokens)
    {
        using var scope = NewDisposeScope();
        var halves = layers.Projection.forward(tokens).chunk(2, -1);
        var gate = nn.functional.gelu(halves[1]);
        return layers.Output.forward(gate.mul_(halves[0])).MoveToOuterDisposeScope();
    }
}
