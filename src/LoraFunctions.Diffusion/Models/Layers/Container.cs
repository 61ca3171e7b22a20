using static TorchSharp.torch;

namespace LoraFunctions.Diffusion.Models.Layers;

/// <summary>Names that lie between a network and its layers in the checkpoint but compute nothing.</summary>
internal sealed class Container : nn.Module
{
    public Container(params ReadOnlySpan<(string Name, nn.Module Module)> children)
        : base(nameof(Container))
    {
        foreach (var (name, module) in children)
        {
            register_module(name, module);
        }
    }
}
