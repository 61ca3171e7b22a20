using static TorchSharp.torch;

namespace LoraFunctions.Diffusion.Sampling;

/// <summary>Where samplers that add noise get it from, one draw after the other.</summary>
public interface INoiseSource
{
    /// <summary>
    /// The next draw of standard normal noise in the shape, type and device of <paramref name="like"/>, owned by the caller's dispose
    /// scope.
    /// </summary>
    Tensor Next(Tensor like);
}
