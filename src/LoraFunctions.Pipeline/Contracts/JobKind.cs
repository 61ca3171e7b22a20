namespace LoraFunctions.Pipeline.Contracts;

/// <summary>What the GPU worker is asked to do; written as a string in messages and in the job's name.</summary>
public enum JobKind
{
    Label,
    Train,
    Render,
}
