using static TorchSharp.torch;

namespace LoraFunctions.Diffusion.Models.Layers;

/// <summary>The ResNet block of UNet and VAE: norm, SiLU, 3x3, time embedding, norm, SiLU, 3x3, added to the (projected) input.</summary>
internal sealed class ResnetBlock2D : nn.Module<Tensor, Tensor?, Tensor>
{
    private readonly GroupNormLayer norm1;
    private readonly ConvLayer conv1;
    private readonly LinearLayer? time_emb_proj;
    private readonly GroupNormLayer norm2;
    private readonly ConvLayer conv2;
    private readonly ConvLayer? conv_shortcut;

    /// <param name="timeWidth">0: no time embedding (VAE).</param>
    public ResnetBlock2D(ParameterScope parameters, long inputs, long outputs, long timeWidth, long groups, double epsilon)
        : base(nameof(ResnetBlock2D))
    {
        norm1 = new GroupNormLayer(parameters["norm1"], groups, inputs, epsilon);
        conv1 = new ConvLayer(parameters["conv1"], inputs, outputs, kernel: 3, padding: 1);
        time_emb_proj = timeWidth > 0 ? new LinearLayer(parameters["time_emb_proj"], timeWidth, outputs) : null;
        norm2 = new GroupNormLayer(parameters["norm2"], groups, outputs, epsilon);
        conv2 = new ConvLayer(parameters["conv2"], outputs, outputs, kernel: 3, padding: 1);
        conv_shortcut = inputs == outputs ? null : new ConvLayer(parameters["conv_shortcut"], inputs, outputs, kernel: 1);
        RegisterComponents();
    }

    /// <param name="image">[B, inputs, H, W].</param>
    /// <param name="time">The time embedding after SiLU, [B, timeWidth]; null without one.</param>
    /// <returns>[B, outputs, H, W].</returns>
    public override Tensor forward(Tensor image, Tensor? time)
    {
        // At 512x512 the VAE's tensors are 268 MB each, so every one goes as soon as it is used up.
        using var scope = NewDisposeScope();
        Tensor hidden;
        using (var normed = norm1.ForwardSilu(image))
        {
            hidden = conv1.forward(normed);
        }

        if (time_emb_proj is not null)
        {
            hidden.PlusInPlace(time_emb_proj.forward(time!).unsqueeze(-1).unsqueeze(-1));
        }

        var normed2 = norm2.ForwardSilu(hidden);
        hidden.Dispose();
        hidden = conv2.forward(normed2);
        normed2.Dispose();
        return hidden.PlusInPlace(conv_shortcut is null ? image : conv_shortcut.forward(image)).MoveToOuterDisposeScope();
    }
}
