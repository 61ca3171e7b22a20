namespace LoraFunctions.Diffusion.Sampling;

/// <summary>What a step works with beside its latents.</summary>
/// <param name="Model">May be called more than once a step.</param>
/// <param name="Noise">Drawn from only by samplers that add noise, in the order they document.</param>
/// <param name="History">Empty at the first step; only this sampler's own steps write to it.</param>
public sealed record StepContext(Denoiser Model, INoiseSource Noise, StepHistory History);
