using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace LoraFunctions.Architecture.FunctionsApp;

/// <summary>A parameter that the host fills, by its attribute.</summary>
internal sealed record FunctionBinding(ParameterSyntax Parameter, AttributeSyntax Attribute)
{
    /// <summary>The attribute's argument at this place.</summary>
    public ExpressionSyntax this[int position] => Attribute.ArgumentList!.Arguments[position].Expression;

    /// <summary>The attribute's argument of this name.</summary>
    public ExpressionSyntax this[string name] =>
        Attribute.ArgumentList!.Arguments.Single(argument => argument.NameEquals?.Name.Identifier.Text == name).Expression;
}
