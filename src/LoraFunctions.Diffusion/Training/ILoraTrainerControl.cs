namespace LoraFunctions.Diffusion.Training;

/// <summary>A person's word, looked at before every step.</summary>
public interface ILoraTrainerControl
{
    /// <summary>What is wanted of this model now. Called often: cheap, and without throwing.</summary>
    TrainingControl Poll(string model);
}
