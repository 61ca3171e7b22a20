using static TorchSharp.torch;

namespace LoraFunctions.Diffusion.Sampling;

/// <summary>
/// The network with its conditioning and guidance: scaled latents [B, 4, H/8, W/8] and a timestep (fractional for some samplers)
/// give noise or velocity of the same shape, owned by the caller's dispose scope.
/// </summary>
public delegate Tensor NoisePredictor(Tensor latents, double timestep);
