using static TorchSharp.torch;

namespace LoraFunctions.Diffusion.Sampling;

/// <summary>One evaluation of the network inside a step; the tensors live only while the observer runs.</summary>
/// <param name="Call">0 for a step's first.</param>
/// <param name="Latents">Unscaled, at the noise level of this call.</param>
/// <param name="Input">What the network was given.</param>
/// <param name="Clean">The x0 its output stands for.</param>
internal sealed record ModelCall(int Step, int Call, double Timestep, Tensor Latents, Tensor Input, Tensor Clean);
