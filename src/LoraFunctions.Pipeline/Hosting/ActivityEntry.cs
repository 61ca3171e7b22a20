using LoraFunctions.Pipeline.Activities;
using Microsoft.Extensions.DependencyInjection;

namespace LoraFunctions.Pipeline.Hosting;

/// <summary>An activity as a host needs it that finds activities by name.</summary>
/// <param name="Name">One of <see cref="ActivityNames"/>.</param>
/// <param name="RunAsync">Takes an <see cref="InputType"/> and gives an <see cref="OutputType"/>.</param>
public sealed record ActivityEntry(
    string Name,
    Type InputType,
    Type OutputType,
    Func<IServiceProvider, object, CancellationToken, Task<object>> RunAsync)
{
    /// <summary>The activity is the service <see cref="IActivity{TInput,TOutput}"/>: no two share an input.</summary>
    internal static ActivityEntry Of<TInput, TOutput>(string name)
        where TOutput : notnull =>
        new(
            name,
            typeof(TInput),
            typeof(TOutput),
            async (services, input, cancellationToken) =>
                await services.GetRequiredService<IActivity<TInput, TOutput>>().RunAsync((TInput)input, cancellationToken));
}
