using LoraFunctions.Benchmarks.Scalars;

#pragma warning disable MA0047 // the runtime looks for this name without a namespace

/// <summary>
/// Collects all the time in any .NET process, its tests and whatever they start:
/// <c>DOTNET_STARTUP_HOOKS=.../LoraFunctions.Benchmarks.dll dotnet test LoraFunctions.sln --no-build</c>.
/// </summary>
internal static class StartupHook
{
    private static Collector? s_collector;

    public static void Initialize() => s_collector ??= new Collector();
}
