namespace LoraFunctions.Contracts;

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

/// <summary>Something a person must put right before the job can run. All problems are found before anything is written.</summary>
public sealed class InvalidJobInputException : NonRetriableJobException
{
    public InvalidJobInputException(string problem)
        : this([problem])
    {
    }

    public InvalidJobInputException(IReadOnlyList<string> problems)
        : base(string.Join(Environment.NewLine, problems))
    {
        Problems = problems;
    }

    public InvalidJobInputException(string problem, Exception innerException)
        : base(problem, innerException)
    {
        Problems = [problem];
    }

    /// <summary>Every problem, one line each: what, which value, which limit, what to do.</summary>
    public IReadOnlyList<string> Problems { get; }
}
