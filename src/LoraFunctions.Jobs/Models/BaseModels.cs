using LoraFunctions.Diffusion.Checkpoints;
using TorchSharp;
using static TorchSharp.torch;

namespace LoraFunctions.Jobs.Models;

/// <summary>Loads base models for jobs: on the GPU where there is one, every fault one a person must put right.</summary>
internal static class BaseModels
{
    /// <summary>Adds what is wrong with the model's files, as far as their headers tell.</summary>
    public static void Check(string path, Problems problems)
    {
        try
        {
            StableDiffusionModel.Check(path);
        }
        catch (CheckpointException exception)
        {
            problems.Add(exception.Message);
        }
    }

    /// <param name="precision">On a GPU; null: bfloat16. The CPU computes in fp32.</param>
    /// <exception cref="InvalidJobInputException">The model is missing, damaged or of another architecture.</exception>
    public static StableDiffusionModel Load(string path, ScalarType? precision = null)
    {
        try
        {
            return StableDiffusionModel.Load(
                path,
                new StableDiffusionLoadOptions { Device = cuda.is_available() ? CUDA : CPU, Precision = precision });
        }
        catch (CheckpointException exception)
        {
            throw new InvalidJobInputException(exception.Message, exception);
        }
    }
}
