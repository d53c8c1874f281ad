"""Templates compiled for speed: what depends on the language alone is text, what they extend or include is in place.

Each language has its own copy of each template. Half of what a page consists of says the same to everybody (words,
addresses, icons, static files), and to look it up again for each page would take a good part of its time, as would
to find its blocks and parts. A template that includes itself must name itself by a variable.
"""

from collections.abc import Iterable, Mapping

from django.template import (
    Context,
    Node,
    NodeList,
    Origin,
    Template,
    TemplateDoesNotExist,
    TemplateSyntaxError,
)
from django.template.base import FilterExpression, TextNode, Variable, render_value_in_context
from django.template.defaulttags import AutoEscapeControlNode, CommentNode, IfNode, LoadNode, URLNode
from django.template.library import SimpleNode
from django.template.loader_tags import BlockNode, ExtendsNode, IncludeNode
from django.template.loaders import base, cached
from django.templatetags.i18n import BlockTranslateNode, LanguageNode, TranslateNode
from django.templatetags.static import StaticNode
from django.utils.safestring import SafeString
from django.utils.translation import get_language, gettext

from shopdesk.base.templatetags import icons

# Within these the language, or how values are escaped, is not that of the template.
_DRAWN_OTHERWISE = (LanguageNode, AutoEscapeControlNode)
_ICONS = {icons.heroicon_micro, icons.heroicon_mini, icons.heroicon_outline, icons.heroicon_solid}


class _FoldingLoader(base.Loader):
    """Compiles a template for the language of the moment."""

    def get_template(self, template_name: str, skip: list[Origin] | None = None) -> Template:
        """The template, folded; for Django's page about an error its parts stay apart.

        Raises ``TemplateSyntaxError`` where it includes or extends what does not exist.
        """
        template, context = super().get_template(template_name, skip), Context()
        try:
            # Who extends this one while a page is drawn tells what to skip, and needs its blocks.
            if skip is None and not self.engine.debug:
                template.nodelist = self._with_parents(template, {}) or template.nodelist
            with context.bind_template(template):
                self._fold(template.nodelist, context)
        except TemplateDoesNotExist as missing:
            raise TemplateSyntaxError(f"{template_name} needs {missing}, which does not exist.") from missing
        return template

    def _with_parents(self, template: Template, blocks: Mapping[str, BlockNode]) -> NodeList | None:
        """What the outermost parent holds, with blocks of its children; ``None`` where a block wants its parent's."""
        first = next((node for node in template.nodelist if not isinstance(node, TextNode)), None)
        if isinstance(first, ExtendsNode):
            parent = getattr(first.parent_name, "var", None)
            if not isinstance(parent, str) or parent == template.name or "block.super" in template.source:
                return None
            return self._with_parents(super().get_template(parent), {**first.blocks, **blocks})
        _put_in_place(template.nodelist, blocks)
        return template.nodelist

    def _fold(self, nodes: NodeList, context: Context) -> None:
        """Make text of what is constant, here and within; what stands side by side becomes one text."""
        folded: list[Node] = []
        for unfolded in nodes:
            for inner in _inner(unfolded):
                self._fold(inner, context)
            node = self._shorter(unfolded)
            if not _is_constant(node):
                folded.append(node)
                continue
            text, before = str(node.render(context)), folded[-1] if folded else None
            if isinstance(before, TextNode):
                before.s += text
            else:
                folded.append(TextNode(text))
        nodes[:] = folded

    def _shorter(self, node: Node) -> Node:
        """What draws the same by a shorter way, if there is one."""
        if isinstance(node, BlockTranslateNode) and _is_sentence(node):
            return _SentenceNode(node)
        if isinstance(node, IncludeNode) and _is_literal(node.template) and not self.engine.debug:
            included = self.engine.get_template(node.template.var).nodelist
            if not node.isolated_context and not included.get_nodes_by_type(ExtendsNode):
                return _PartNode(node, included)
        return node


class Loader(cached.Loader, _FoldingLoader):
    """Keeps each template once for each language, and once more where it is extended while a page is drawn."""

    def cache_key(self, template_name: str, skip: list[Origin] | None = None) -> str:
        """As Django's own, within a language."""
        return f"{get_language()} {skip is None} {super().cache_key(template_name, skip)}"


class _PartNode(Node):
    """A block, or what is included: what it sets is not seen outside."""

    def __init__(self, node: BlockNode | IncludeNode, nodelist: NodeList) -> None:
        self.nodelist = nodelist
        self._values = node.extra_context if isinstance(node, IncludeNode) else {}
        self.token, self.origin = node.token, node.origin

    def render(self, context: Context) -> SafeString:
        """What the part holds."""
        with context.push(**{name: value.resolve(context) for name, value in self._values.items()}):
            return self.nodelist.render(context)


class _SentenceNode(Node):
    """A sentence with its values: looked up once, where Django's own puts it together and looks it up each time."""

    child_nodelists = ()

    def __init__(self, node: BlockTranslateNode) -> None:
        said, self.names = node.render_token_list(node.singular)
        self._said = gettext(said)
        self._values = node.extra_context
        self.token, self.origin = node.token, node.origin

    def render(self, context: Context) -> str:
        """The sentence in the language of the template."""
        with context.push(**{name: value.resolve(context) for name, value in self._values.items()}):
            return self._said % {
                name: render_value_in_context(context.get(name, ""), context) for name in self.names
            }


def _put_in_place(nodes: NodeList, blocks: Mapping[str, BlockNode]) -> None:
    """Put what each block holds where it stands."""
    for place, node in enumerate(nodes):
        if isinstance(node, BlockNode):
            held = blocks.get(node.name, node).nodelist
            _put_in_place(held, blocks)
            nodes[place] = _PartNode(node, held)
        else:
            for inner in _inner(node):
                _put_in_place(inner, blocks)


def _inner(node: Node) -> Iterable[NodeList]:
    if isinstance(node, _DRAWN_OTHERWISE):
        return []
    if isinstance(node, IfNode):
        return [nodes for _condition, nodes in node.conditions_nodelists]
    return [value for value in vars(node).values() if isinstance(value, NodeList)]


def _is_constant(node: Node) -> bool:
    if isinstance(node, TextNode | CommentNode | LoadNode):
        return True
    if isinstance(node, _PartNode):
        return all(isinstance(inner, TextNode) for inner in node.nodelist)
    if isinstance(node, _SentenceNode):
        return not node.names
    if isinstance(node, TranslateNode):
        plain = node.asvar is None and node.message_context is None and not node.noop
        return plain and _is_literal(node.filter_expression)
    if isinstance(node, StaticNode):
        return node.varname is None and _is_literal(node.path)
    if isinstance(node, URLNode):
        return node.asvar is None and _are_literal(node.view_name, *node.args, *node.kwargs.values())
    if isinstance(node, SimpleNode) and node.func in _ICONS:
        return node.target_var is None and _are_literal(*node.args, *node.kwargs.values())
    return False


def _is_sentence(node: BlockTranslateNode) -> bool:
    """Whether a sentence is the same but for its values."""
    return node.asvar is None and node.message_context is None and node.counter is None


def _is_literal(expression: FilterExpression) -> bool:
    variable = expression.var
    return not expression.filters and (not isinstance(variable, Variable) or variable.literal is not None)


def _are_literal(*expressions: FilterExpression) -> bool:
    return all(_is_literal(expression) for expression in expressions)
