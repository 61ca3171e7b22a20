using LoraFunctions.Pipeline.Hosting;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace LoraFunctions.Architecture.FunctionsApp;

/// <summary>
/// The Functions app as source. Its packages are not on every feed, so it is read, not built: the compiler's model knows the pipeline and
/// the runtime, and resolves the constants and types of those; what comes from the absent packages is told by its name.
/// </summary>
internal static class FunctionsSource
{
    public const string Folder = "src/" + Repository.FunctionsProject;

    // What the SDK adds with ImplicitUsings.
    private const string ImplicitUsings = """
        global using System;
        global using System.Collections.Generic;
        global using System.IO;
        global using System.Linq;
        global using System.Net.Http;
        global using System.Threading;
        global using System.Threading.Tasks;
        """;

    private static readonly CSharpCompilation Compilation = CSharpCompilation.Create(
        Repository.FunctionsProject,
        Files.Select(Repository.Parse).Append(CSharpSyntaxTree.ParseText(ImplicitUsings, new CSharpParseOptions(LanguageVersion.Latest, DocumentationMode.Parse))),
        References(),
        new CSharpCompilationOptions(OutputKind.ConsoleApplication));

    public static IReadOnlyList<string> Files => Repository.Files(Folder, ".cs");

    /// <summary>Every method with a <c>[Function]</c> attribute.</summary>
    public static IReadOnlyList<FunctionMethod> Functions { get; } =
    [
        .. from file in Files
           from method in Repository.Parse(file).GetRoot().DescendantNodes().OfType<MethodDeclarationSyntax>()
           from attribute in method.AttributeLists.SelectMany(list => list.Attributes)
           where IsNamed(attribute, "Function")
           select new FunctionMethod(method, attribute),
    ];

    public static bool IsNamed(AttributeSyntax attribute, string name)
    {
        var text = attribute.Name.ToString().Split('.')[^1];
        return text == name || text == name + "Attribute";
    }

    /// <summary>A constant's value, and whether it is one of the pipeline's.</summary>
    public static (string? Value, bool IsPipelines) Constant(ExpressionSyntax expression)
    {
        var model = Compilation.GetSemanticModel(expression.SyntaxTree);
        return (
            model.GetConstantValue(expression).Value as string,
            model.GetSymbolInfo(expression).Symbol is IFieldSymbol { IsConst: true } field
                && field.ContainingAssembly.Name == typeof(PipelineCatalog).Assembly.GetName().Name);
    }

    /// <summary>Full name of the type a piece of source stands for, as reflection has it; null where it comes from an absent package.</summary>
    public static string? TypeName(TypeSyntax type) =>
        Compilation.GetSemanticModel(type.SyntaxTree).GetTypeInfo(type).Type is { TypeKind: not TypeKind.Error } symbol
            ? symbol.ToDisplayString(SymbolDisplayFormat.FullyQualifiedFormat.WithGlobalNamespaceStyle(SymbolDisplayGlobalNamespaceStyle.Omitted))
            : null;

    private static IEnumerable<MetadataReference> References() =>
        ((string)AppContext.GetData("TRUSTED_PLATFORM_ASSEMBLIES")!).Split(Path.PathSeparator)
            .Where(path => !Path.GetFileName(path).StartsWith("LoraFunctions.Architecture", StringComparison.Ordinal))
            .Select(path => MetadataReference.CreateFromFile(path));
}
