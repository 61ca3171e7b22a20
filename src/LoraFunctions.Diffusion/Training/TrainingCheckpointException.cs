namespace LoraFunctions.Diffusion.Training;

/// <summary>A checkpoint cannot be written, read, or belongs to another training; the message is complete for a person.</summary>
public sealed class TrainingCheckpointException : Exception
{
    public TrainingCheckpointException(string message)
        : base(message)
    {
    }

    public TrainingCheckpointException(string message, Exception innerException)
        : base(message, innerException)
    {
    }
}
