namespace LoraFunctions.Jobs;

/// <summary>The job failed for a reason that another attempt would meet again. The message is one line for a person.</summary>
public class NonRetriableJobException : Exception
{
    public NonRetriableJobException(string message)
        : base(message)
    {
    }

    public NonRetriableJobException(string message, Exception innerException)
        : base(message, innerException)
    {
    }
}
