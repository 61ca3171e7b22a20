using Microsoft.CodeAnalysis.CSharp.Syntax;
using Shouldly;
using Xunit;

namespace LoraFunctions.Architecture.Arrows;

/// <summary>
/// The arrows inside the sources: where a namespace of somebody else may be named at all. Read from the text, so that it also holds for
/// the files that the build's switches leave out.
/// </summary>
public sealed class NamespaceTests
{
    /// <summary>Root namespaces and the only folders below <c>src</c> that may name them.</summary>
    private static readonly Dictionary<string, string[]> Homes = new()
    {
        ["TorchSharp"] =
        [
            "LoraFunctions.Diffusion/", "LoraFunctions.Jobs/", "LoraFunctions.Worker/", "LoraFunctions.Cli/", "LoraFunctions.Showroom/",
        ],
        ["SkiaSharp"] = [],
        ["SixLabors"] = ["LoraFunctions.Imaging/Codecs/"],
        ["Azure"] = ["LoraFunctions.Pipeline/", "LoraFunctions.Worker/", "LoraFunctions.Cli/", "LoraFunctions/"],
        ["Microsoft.Azure"] = ["LoraFunctions/"],
        ["Microsoft.DurableTask"] = ["LoraFunctions.Pipeline/", "LoraFunctions.Cli/", "LoraFunctions/"],
        ["DurableTask"] = ["LoraFunctions.Pipeline/Api/", "LoraFunctions.Cli/Hosting/", "LoraFunctions.Cli/Nightly/"],
        ["LoraFunctions.Pipeline"] = ["LoraFunctions.Pipeline/", "LoraFunctions.Worker/", "LoraFunctions.Cli/", "LoraFunctions/"],
        ["LoraFunctions.Jobs"] = ["LoraFunctions.Jobs/", "LoraFunctions.Worker/", "LoraFunctions.Cli/"],
        ["LoraFunctions.Diffusion"] =
        [
            "LoraFunctions.Diffusion/", "LoraFunctions.Jobs/", "LoraFunctions.Worker/", "LoraFunctions.Cli/", "LoraFunctions.Showroom/",
        ],
        ["LoraFunctions.Showroom"] = ["LoraFunctions.Showroom/", "LoraFunctions.Cli/"],
        ["LoraFunctions.Worker"] = ["LoraFunctions.Worker/", "LoraFunctions.Cli/"],
        ["LoraFunctions.Cli"] = ["LoraFunctions.Cli/"],
    };

    public static TheoryData<string> Namespaces => [.. Homes.Keys];

    [Theory]
    [MemberData(nameof(Namespaces))]
    public void ForeignNamespace_IsNamedOnlyWhereAnArrowLeads(string foreign)
    {
        var strays =
            from file in Repository.Files("src", ".cs")
            where !Homes[foreign].Any(home => file.StartsWith("src/" + home, StringComparison.Ordinal))
            from name in Repository.Parse(file).GetRoot().DescendantNodes().OfType<NameSyntax>()
            where IsOutermost(name) && Names(name, foreign)
            select $"{Repository.Place(name)} names {name}";
        strays.ShouldBeEmpty($"{foreign} may be named only below {string.Join(", ", Homes[foreign])}");
    }

    [Fact]
    public void Namespaces_FollowTheFolders()
    {
        var strays =
            from file in Repository.Files("src", ".cs")
            from declared in Repository.Parse(file).GetRoot().DescendantNodes().OfType<BaseNamespaceDeclarationSyntax>()
            let expected = Path.GetDirectoryName(file["src/".Length..])!.Replace('\\', '/').Replace('/', '.')
            where !expected.Equals(declared.Name.ToString(), StringComparison.Ordinal)
            select $"{file} declares {declared.Name}, its folder says {expected}";
        strays.ShouldBeEmpty();
    }

    private static bool IsOutermost(NameSyntax name) => name.Parent is not QualifiedNameSyntax and not AliasQualifiedNameSyntax;

    /// <summary>True for a using directive or a written-out name that begins with the namespace; a member access begins with its first part.</summary>
    private static bool Names(NameSyntax name, string foreign)
    {
        var text = name.Parent is MemberAccessExpressionSyntax access && access.Expression == name ? Outermost(access).ToString() : name.ToString();
        text = text.Replace("global::", "", StringComparison.Ordinal);
        if (!text.StartsWith(foreign, StringComparison.Ordinal) || (text.Length > foreign.Length && text[foreign.Length] != '.'))
        {
            return false;
        }

        // A lone identifier is a namespace only in a using directive or before a dot.
        return name.Parent is UsingDirectiveSyntax || text.Contains('.', StringComparison.Ordinal) && !IsMember(name);
    }

    private static bool IsMember(NameSyntax name) => name.Parent is MemberAccessExpressionSyntax access && access.Name == name;

    private static ExpressionSyntax Outermost(MemberAccessExpressionSyntax access)
    {
        ExpressionSyntax outermost = access;
        while (outermost.Parent is MemberAccessExpressionSyntax parent && parent.Expression == outermost)
        {
            outermost = parent;
        }

        return outermost;
    }
}
